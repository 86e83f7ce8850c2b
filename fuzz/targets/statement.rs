#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_oauth::fuzzing::statement(data));

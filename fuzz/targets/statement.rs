#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_domain::fuzzing::statement(data));

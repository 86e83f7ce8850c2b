#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_secret::fuzzing::envelope(data));

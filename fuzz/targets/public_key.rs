#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| jeton_jose::fuzzing::public_key(data));

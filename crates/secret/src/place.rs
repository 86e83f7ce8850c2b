//! Page tokens: the sealed end of a page of a listing, which the caller sends back for the next page. The
//! place may be at an object that is hidden from the caller, so the text reveals nothing, and no other
//! text is accepted.
//!
//! ```text
//! token = base64url( tag 16 | place ^ stream )
//! tag    = BLAKE3( key, 0 | length of the listing's name 8 | name | caller 8 | place )
//! stream = BLAKE3( key, 1 | tag )
//! ```
//! The tag authenticates the place and determines the stream, so different places have unrelated texts (a
//! synthetic initialization vector as in RFC 5297, made with the one keyed hash that this crate uses).
//! The same place has the same text; that tells the caller nothing, for it asked for the same page.

use crate::Keys;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

const TAG_BYTES: usize = 16;

/// The maximal size of a place in bytes; a folded username is the longest.
pub const PLACE_BYTES_MAX: usize = 4096;

impl Keys {
    /// The sealed text of a place in a listing, for one caller.
    pub fn seal_place(&self, listing: &str, caller: u64, place: &[u8]) -> String {
        let tag = self.place_tag(listing, caller, place);
        let mut sealed = tag.to_vec();
        sealed.extend_from_slice(place);
        self.mask_place(&tag, sealed.get_mut(TAG_BYTES..).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The place in a text that [`Keys::seal_place`] made for the same listing and caller; `None` for
    /// every other text.
    pub fn open_place(&self, listing: &str, caller: u64, text: &str) -> Option<Vec<u8>> {
        if text.len() > (TAG_BYTES + PLACE_BYTES_MAX).div_ceil(3) * 4 {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, masked) = sealed.split_first_chunk::<TAG_BYTES>()?;
        let mut place = masked.to_vec();
        self.mask_place(tag, &mut place);
        let is_ours = self.place_tag(listing, caller, &place).ct_eq(tag);
        bool::from(is_ours).then_some(place)
    }

    fn place_tag(&self, listing: &str, caller: u64, place: &[u8]) -> [u8; TAG_BYTES] {
        let mut tag = [0; TAG_BYTES];
        let mut hasher = blake3::Hasher::new_keyed(self.place());
        hasher.update(&[0]).update(&(listing.len() as u64).to_be_bytes()).update(listing.as_bytes());
        hasher.update(&caller.to_be_bytes()).update(place).finalize_xof().fill(&mut tag);
        tag
    }

    fn mask_place(&self, tag: &[u8; TAG_BYTES], place: &mut [u8]) {
        let mut stream = vec![0; place.len()];
        blake3::Hasher::new_keyed(self.place()).update(&[1]).update(tag).finalize_xof().fill(&mut stream);
        place.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SecretBytes, ServerKey};

    fn keys_of(seed: u8) -> Keys {
        Keys::derive(&ServerKey::new(SecretBytes::new([seed; 32])))
    }

    #[test]
    fn a_place_is_opened_for_its_own_listing_and_caller_only() {
        let keys = keys_of(1);
        for place in [&b""[..], b"x", &[7; 24], &[b'n'; PLACE_BYTES_MAX]] {
            let text = keys.seal_place("users", 7, place);
            assert_eq!(keys.open_place("users", 7, &text).as_deref(), Some(place));
            assert_eq!(keys.seal_place("users", 7, place), text);
            for (listing, caller) in [("users", 8), ("events", 7), ("user", 7), ("", 7)] {
                assert_eq!(keys.open_place(listing, caller, &text), None);
            }
            assert_eq!(keys_of(2).open_place("users", 7, &text), None);
        }
    }

    #[test]
    fn any_changed_bit_is_found() {
        let keys = keys_of(1);
        let sealed = URL_SAFE_NO_PAD.decode(keys.seal_place("users", 7, &[7; 24])).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(keys.open_place("users", 7, &URL_SAFE_NO_PAD.encode(changed)), None, "{bit}");
        }
        let too_long = URL_SAFE_NO_PAD.encode(vec![0; TAG_BYTES + PLACE_BYTES_MAX + 3]);
        for junk in ["", "x", "%%%", "281474976710656", &"A".repeat(22), &too_long] {
            assert_eq!(keys.open_place("users", 7, junk), None, "{junk}");
        }
    }

    #[test]
    fn neighbouring_places_have_unrelated_texts() {
        let keys = keys_of(1);
        let texts: Vec<_> = (0..100_u64)
            .map(|id| URL_SAFE_NO_PAD.decode(keys.seal_place("users", 7, &id.to_be_bytes())).unwrap())
            .collect();
        for pair in texts.windows(2) {
            let same = pair[0].iter().zip(&pair[1]).filter(|(a, b)| a == b).count();
            assert!(same < 6, "{same} of 24 bytes are the same");
        }
    }
}

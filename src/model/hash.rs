//! The hashes used where two places must agree.

use sha2::{Digest, Sha256};

/// FNV-1a, 32 bit: wave percentages are `fnv1a32(bytes) % 100 < percent` (`api/fleet.md` §12.1).
pub fn fnv1a32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// SHA-256 as lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes as lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|half| char::from(DIGITS[usize::from(half)]));
    bytes.iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wave_hash_agrees_with_its_published_vectors() {
        for (udid, hash) in [
            ("E5C6DBBA-D5CC-4DB6-9560-995F17FB7A59", 42_126_057),
            ("575424CB-09D7-4CAD-8A7A-D3511FE8A7E2", 1_776_485_742),
        ] {
            assert_eq!(fnv1a32(udid.as_bytes()), hash);
        }
    }
}

//! The one function of the `zstd` crate that a build script of the template validator calls, without the C library:
//! no C compiler stands between an operator and a deployment.

use std::io::{Read, Result};

/// Compresses everything that `source` gives. The level is only a wish: what is made here unpacks the same.
///
/// # Errors
/// If `source` cannot be read.
pub fn encode_all<R: Read>(mut source: R, _level: i32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    Ok(ruzstd::encoding::compress_to_vec(bytes.as_slice(), ruzstd::encoding::CompressionLevel::Fastest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        for text in [String::new(), "a".repeat(100_000), (0..50_000).map(|n| n.to_string()).collect()] {
            let packed = encode_all(text.as_bytes(), 9).unwrap();
            let mut unpacked = String::new();
            let mut decoder = ruzstd::decoding::StreamingDecoder::new(packed.as_slice()).unwrap();
            decoder.read_to_string(&mut unpacked).unwrap();
            assert_eq!(unpacked, text);
        }
    }
}

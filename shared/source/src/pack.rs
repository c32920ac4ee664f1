//! A pack of whole objects (<https://git-scm.com/docs/pack-format>): small commits gain nothing from deltas.

use flate2::Compression;
use flate2::write::ZlibEncoder;
use gix::ObjectId;
use gix::objs::Kind;
use std::io::{self, Write};

/// An object with its id.
pub(crate) struct Object {
    pub(crate) id: ObjectId,
    pub(crate) kind: Kind,
    pub(crate) data: Vec<u8>,
}

/// Version 2, as every server reads it.
const VERSION: u32 = 2;

/// The pack with its checksum.
pub(crate) fn of(objects: &[Object]) -> io::Result<Vec<u8>> {
    let count = u32::try_from(objects.len()).map_err(io::Error::other)?;
    let mut pack = b"PACK".to_vec();
    pack.extend(VERSION.to_be_bytes());
    pack.extend(count.to_be_bytes());
    for object in objects {
        pack.extend(header(object.kind, object.data.len()));
        let mut encoder = ZlibEncoder::new(pack, Compression::default());
        encoder.write_all(&object.data)?;
        pack = encoder.finish()?;
    }
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(&pack);
    let checksum = hasher.try_finalize().map_err(io::Error::other)?;
    pack.extend(checksum.as_slice());
    Ok(pack)
}

/// Kind and size: four bits of the size in the first byte, seven in each that follows, the lowest first.
fn header(kind: Kind, size: usize) -> Vec<u8> {
    let kind = match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
        Kind::Tag => 4,
    };
    let low = |size: usize, bits: u32| u8::try_from(size & ((1 << bits) - 1)).expect("at most seven bits");
    let mut bytes = vec![(kind << 4) | low(size, 4)];
    let mut rest = size >> 4;
    while rest > 0 {
        *bytes.last_mut().expect("the first byte is there") |= 0x80;
        bytes.push(low(rest, 7));
        rest >>= 7;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_lowest_bits_first() {
        assert_eq!(header(Kind::Blob, 5), [0x35]);
        assert_eq!(header(Kind::Commit, 15), [0x1f]);
        assert_eq!(header(Kind::Tree, 16), [0xa0, 0x01]);
        assert_eq!(header(Kind::Blob, 0x12345), [0xb5, 0xb4, 0x24]);
    }
}

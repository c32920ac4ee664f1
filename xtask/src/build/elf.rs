//! The header of a Linux binary: is this really what Lambda can run?
//!
//! Format: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>

use super::target::Target;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elf {
    /// 62 is x86-64, 183 is arm64.
    pub machine: u16,
    /// True if it names no program loader, so that it needs nothing from the machine that it runs on.
    pub is_static: bool,
}

/// `e_machine` of x86-64.
const X86_64: u16 = 62;
/// `e_machine` of arm64.
const AARCH64: u16 = 183;
/// `p_type` of the segment that names the program loader.
const PT_INTERP: u32 = 3;

/// The file is not a program for the target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotExecutable {
    /// Too short, or not ELF at all.
    #[error("it is no ELF file")]
    NotElf,
    /// 32-bit or big-endian.
    #[error("it is not 64-bit little-endian")]
    Class,
    /// A library or an object file.
    #[error("it is no executable")]
    Kind,
    /// Built for another machine.
    #[error("it is for {found}, not for {expected}")]
    Machine {
        /// What the target runs on.
        expected: String,
        /// What the file is for.
        found: String,
    },
    /// It asks for a program loader that the target does not have.
    #[error("it is not static: it asks for a program loader")]
    Dynamic,
}

/// Reads the header of a 64-bit little-endian executable.
///
/// # Errors
/// If it is anything else.
pub fn read(file: &[u8]) -> Result<Elf, NotExecutable> {
    if file.get(..4) != Some(b"\x7fELF") {
        return Err(NotExecutable::NotElf);
    }
    if file.get(4..6) != Some(&[2, 1]) {
        return Err(NotExecutable::Class);
    }
    if !matches!(u16_at(file, 16)?, 2 | 3) {
        return Err(NotExecutable::Kind);
    }
    let machine = u16_at(file, 18)?;
    let first = u64_at(file, 32)?;
    let (size, count) = (u64::from(u16_at(file, 54)?), u64::from(u16_at(file, 56)?));
    let mut is_static = true;
    for at in 0..count {
        let offset = size.checked_mul(at).and_then(|skip| first.checked_add(skip)).ok_or(NotExecutable::NotElf)?;
        let offset = usize::try_from(offset).map_err(|_| NotExecutable::NotElf)?;
        is_static &= u32::from_le_bytes(bytes(file, offset)?) != PT_INTERP;
    }
    Ok(Elf { machine, is_static })
}

/// Checks that `file` runs on `target`.
///
/// # Errors
/// If it does not.
pub fn check(file: &[u8], target: Target) -> Result<(), NotExecutable> {
    if target == Target::Host && !cfg!(target_os = "linux") {
        return Ok(()); // The embedded engine runs this machine's own programs, which are not ELF here.
    }
    let elf = read(file)?;
    let expected = match target {
        Target::Arm64Musl | Target::Arm64Gnu => AARCH64,
        Target::Host if cfg!(target_arch = "aarch64") => AARCH64,
        Target::Host => X86_64,
    };
    if elf.machine != expected {
        return Err(NotExecutable::Machine { expected: name(expected), found: name(elf.machine) });
    }
    if target == Target::Arm64Musl && !elf.is_static {
        return Err(NotExecutable::Dynamic);
    }
    Ok(())
}

/// Takes away what the system does not load: symbols and debug information, more than half of an unoptimised program.
///
/// What is loaded is all described by the program headers, so the file may end where the last segment does. Anything
/// but ELF is left as it is.
pub fn strip(mut file: Vec<u8>) -> Vec<u8> {
    if read(&file).is_ok()
        && let Some(end) = loaded_end(&file).filter(|end| *end >= HEADER && *end <= file.len())
    {
        file.truncate(end);
        file[40..48].fill(0); // e_shoff: there are no section headers any more,
        file[60..64].fill(0); // e_shnum, e_shstrndx: none, and no names for them.
    }
    file
}

/// Size of the ELF header.
const HEADER: usize = 64;

/// Where the last segment ends in the file; the program headers are part of the first one.
fn loaded_end(file: &[u8]) -> Option<usize> {
    let first = u64_at(file, 32).ok()?;
    let (size, count) = (u64::from(u16_at(file, 54).ok()?), u64::from(u16_at(file, 56).ok()?));
    let mut end = first.checked_add(size.checked_mul(count)?)?;
    for at in 0..count {
        let header = usize::try_from(first + size * at).ok()?;
        let (offset, length) = (u64_at(file, header + 8).ok()?, u64_at(file, header + 32).ok()?);
        end = end.max(offset.checked_add(length)?);
    }
    usize::try_from(end).ok()
}

fn name(machine: u16) -> String {
    match machine {
        X86_64 => "x86-64".to_owned(),
        AARCH64 => "arm64".to_owned(),
        other => format!("machine {other}"),
    }
}

fn bytes<const N: usize>(file: &[u8], at: usize) -> Result<[u8; N], NotExecutable> {
    at.checked_add(N)
        .and_then(|end| file.get(at..end))
        .and_then(|slice| slice.try_into().ok())
        .ok_or(NotExecutable::NotElf)
}

fn u16_at(file: &[u8], at: usize) -> Result<u16, NotExecutable> {
    bytes(file, at).map(u16::from_le_bytes)
}

fn u64_at(file: &[u8], at: usize) -> Result<u64, NotExecutable> {
    bytes(file, at).map(u64::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header with one program segment of type `segment`.
    fn file(machine: u16, segment: u32) -> Vec<u8> {
        let mut file = vec![0; 120];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[16..18].copy_from_slice(&3u16.to_le_bytes());
        file[18..20].copy_from_slice(&machine.to_le_bytes());
        file[32..40].copy_from_slice(&64u64.to_le_bytes());
        file[54..56].copy_from_slice(&56u16.to_le_bytes());
        file[56..58].copy_from_slice(&1u16.to_le_bytes());
        file[64..68].copy_from_slice(&segment.to_le_bytes());
        file
    }

    #[test]
    fn a_static_arm64_program_passes() {
        assert_eq!(check(&file(AARCH64, 1), Target::Arm64Musl), Ok(()));
        assert_eq!(check(&file(AARCH64, PT_INTERP), Target::Arm64Gnu), Ok(()));
    }

    #[test]
    fn what_lambda_cannot_run_is_refused() {
        let musl = |file: &[u8]| check(file, Target::Arm64Musl).unwrap_err();
        assert_eq!(musl(&file(AARCH64, PT_INTERP)), NotExecutable::Dynamic);
        assert_eq!(musl(&file(X86_64, 1)).to_string(), "it is for x86-64, not for arm64");
        assert_eq!(musl(b"#!/bin/sh\n"), NotExecutable::NotElf);
        assert_eq!(musl(b""), NotExecutable::NotElf);
        let mut narrow = file(AARCH64, 1);
        narrow[4] = 1;
        assert_eq!(musl(&narrow), NotExecutable::Class);
        let mut object = file(AARCH64, 1);
        object[16] = 1;
        assert_eq!(musl(&object), NotExecutable::Kind);
    }

    #[test]
    fn lying_headers_do_not_panic() {
        let mut far = file(AARCH64, 1);
        far[32..40].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(read(&far), Err(NotExecutable::NotElf));
        let mut many = file(AARCH64, 1);
        many[56..58].copy_from_slice(&u16::MAX.to_le_bytes());
        assert_eq!(read(&many), Err(NotExecutable::NotElf));
        for length in 0..120 {
            let _ = read(&file(AARCH64, 1)[..length]);
        }
    }

    #[test]
    fn what_is_no_program_is_left_alone() {
        assert_eq!(strip(b"#!/bin/sh\n".to_vec()), b"#!/bin/sh\n");
        let mut lying = file(AARCH64, 1);
        lying[64 + 32..64 + 40].copy_from_slice(&u64::MAX.to_le_bytes());
        assert_eq!(strip(lying.clone()), lying);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_stripped_program_still_runs() {
        use std::os::unix::fs::PermissionsExt;
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let stripped = strip(this.clone());
        assert!(stripped.len() < this.len());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stripped");
        std::fs::write(&path, stripped).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        // While another test starts a program, the new process holds our file open for writing until it is that program.
        let listed = loop {
            match std::process::Command::new(&path).arg("--list").output() {
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => std::thread::yield_now(),
                listed => break listed.unwrap(),
            }
        };
        assert!(listed.status.success());
        assert!(String::from_utf8_lossy(&listed.stdout).contains("a_stripped_program_still_runs: test"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_program_runs_on_the_host() {
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(check(&this, Target::Host), Ok(()));
    }
}

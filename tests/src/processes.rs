//! Processes of this machine, such as those that the engine runs functions in.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// Times that tables are read until a connection is found in them.
const LOOKS: usize = 50;

/// The process at the other end of a connection on loopback, which has this address there.
///
/// # Panics
/// If there is none.
pub(crate) fn owner_of(peer: SocketAddr) -> u32 {
    let look = if Path::new("/proc/net/tcp").exists() { in_proc } else { by_lsof };
    // The tables change while they are read, so a connection can be missed.
    let found = (0..LOOKS).find_map(|_| look(peer));
    found.unwrap_or_else(|| panic!("no process has {peer}"))
}

/// Kills a process as the system does that has no memory left: it does not notice.
///
/// # Panics
/// If there is none of that number.
pub(crate) fn kill(process: u32) {
    let killed = Command::new("kill").args(["-KILL", &process.to_string()]).status().expect("there is kill");
    assert!(killed.success(), "process {process} is gone already");
}

/// Linux: the socket's number stands in a table, and in the folder of whoever has it open.
fn in_proc(peer: SocketAddr) -> Option<u32> {
    let SocketAddr::V4(address) = peer else { return None };
    let own = format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port());
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let line = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).find(|line| line[1] == own)?;
    let socket = format!("socket:[{}]", line.get(9)?);
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.find(|process| {
        let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        open.into_iter().any(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == socket.as_str()))
    })
}

/// Elsewhere, such as on macOS.
fn by_lsof(peer: SocketAddr) -> Option<u32> {
    let connection = format!("-iTCP:{}", peer.port());
    let output = Command::new("lsof").args(["-nP", "-t", "-sTCP:ESTABLISHED", &connection]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().filter_map(|line| line.parse().ok()).find(|process| *process != std::process::id())
}

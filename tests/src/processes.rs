//! Processes of this machine, such as those that the engine runs functions in.

use std::fs;
use std::net::{SocketAddr, SocketAddrV4};
use std::path::Path;
use std::process::Command;

/// Times that tables are read until a connection is found in them.
const LOOKS: usize = 50;

/// The process at the other end of a connection on loopback, from its address there to ours.
///
/// # Panics
/// If there is none.
pub(crate) fn owner_of(peer: SocketAddr, own: SocketAddr) -> u32 {
    let look = if Path::new("/proc/net/tcp").exists() { in_proc } else { by_lsof };
    // The tables change while they are read, so a connection can be missed.
    let found = (0..LOOKS).find_map(|_| look(peer, own));
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

/// Linux: the socket's number stands in a table, and in the folder of whoever has it open. Both addresses count: other
/// connections, such as one that is over and not yet forgotten, may have had the same port.
fn in_proc(peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    let (SocketAddr::V4(peer), SocketAddr::V4(own)) = (peer, own) else { return None };
    let written =
        |address: SocketAddrV4| format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port());
    let (peer, own) = (written(peer), written(own));
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let mut lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.find(|line| line[1..3] == [&peer, &own])?;
    let socket = format!("socket:[{}]", line.get(9)?);
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.find(|process| {
        let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
        open.into_iter().any(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == socket.as_str()))
    })
}

/// Elsewhere, such as on macOS: for each process a line with its number, then one for each of its connections.
fn by_lsof(peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    let connections = format!("-iTCP:{}", peer.port());
    let output = Command::new("lsof").args(["-nP", "-Fpn", "-sTCP:ESTABLISHED", &connections]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let wanted = format!("n{peer}->{own}");
    let before = text.lines().take_while(|line| *line != wanted);
    let process = before.filter_map(|line| line.strip_prefix('p')?.parse().ok()).last()?;
    text.lines().any(|line| line == wanted).then_some(process)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpSocket, TcpStream};

    async fn connected(from: SocketAddr, to: &TcpListener) -> (TcpStream, TcpStream) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(from).unwrap();
        let ours = socket.connect(to.local_addr().unwrap()).await.unwrap();
        let (theirs, _) = to.accept().await.unwrap();
        (ours, theirs)
    }

    #[tokio::test]
    async fn a_connection_is_found_by_both_its_addresses() {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (first, second) = (TcpListener::bind(any).await.unwrap(), TcpListener::bind(any).await.unwrap());
        for _ in 0..20 {
            let (ours, theirs) = connected(any, &first).await;
            let port = ours.local_addr().unwrap();
            // The system keeps a connection in its table for a while whose end was said by this side.
            drop(ours);
            drop(theirs);
            let (ours, _theirs) = connected(port, &second).await;
            assert_eq!(owner_of(port, ours.peer_addr().unwrap()), std::process::id());
        }
    }
}

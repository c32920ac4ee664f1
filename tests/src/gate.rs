//! A gate between Drydock's functions and the services that they call, such as the table of sessions. A test has it
//! hold one request, or its answer, and does to the function that waits there what it likes: that is a crash, or a
//! cancellation, at a moment of its choice.

use crate::processes;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

/// Far longer than any session takes to come to where it is waited for.
const PATIENCE: Duration = Duration::from_secs(240);

/// Which side of a request is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It has not arrived.
    Before,
    /// It has arrived, and its sender does not know.
    After,
}

/// The gate. It lives as long as the process.
pub struct Gate {
    address: SocketAddr,
    traps: Arc<Mutex<Vec<Set>>>,
}

/// A trap that waits for its request.
struct Set {
    /// Requests that come one after the other, each with all of its words; the last one is held.
    steps: Vec<Vec<String>>,
    moment: Moment,
    caught: oneshot::Sender<Caught>,
}

/// A trap, as the test sees it.
pub struct Trap {
    caught: oneshot::Receiver<Caught>,
    name: String,
}

/// The function's address and the gate's.
type Connection = (SocketAddr, SocketAddr);

/// A function that waits at the gate. It gets no answer if it is dropped.
pub struct Caught {
    connection: Connection,
    go_on: mpsc::Sender<()>,
}

impl Gate {
    /// In front of `http://host:port…`.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn to(url: &str) -> Self {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
        let (target, listener) = (authority.to_owned(), TcpListener::bind("127.0.0.1:0").expect("a port"));
        let gate = Self { address: listener.local_addr().expect("an address"), traps: Arc::default() };
        let traps = Arc::clone(&gate.traps);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (target, traps) = (target.clone(), Arc::clone(&traps));
                std::thread::spawn(move || pass(&client, &target, &traps));
            }
        });
        gate
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Holds the request that has all the words of the last step, once others with those of the steps before have
    /// gone through in their order.
    pub fn trap(&self, steps: &[&[&str]], moment: Moment) -> Trap {
        let (sender, caught) = oneshot::channel();
        let owned = steps.iter().map(|words| words.iter().map(|word| (*word).to_owned()).collect()).collect();
        self.traps.lock().expect("not poisoned").push(Set { steps: owned, moment, caught: sender });
        Trap { caught, name: format!("{steps:?}") }
    }
}

impl Trap {
    /// Waits for the request.
    ///
    /// # Panics
    /// If it does not come in four minutes.
    pub async fn caught(self) -> Caught {
        let caught = tokio::time::timeout(PATIENCE, self.caught).await;
        caught.unwrap_or_else(|_| panic!("nobody came to {}", self.name)).expect("the gate lives")
    }
}

impl Caught {
    /// Kills the function's process.
    ///
    /// # Panics
    /// If there is no such process.
    pub fn kill(self) {
        let (peer, own) = self.connection;
        processes::kill(processes::owner_of(peer, own));
    }

    /// Lets the function go on.
    pub fn release(self) {
        // It has ended by itself if nobody listens.
        let _ = self.go_on.send(());
    }
}

/// Passes requests and answers on until one side is gone.
fn pass(mut client: &TcpStream, target: &str, traps: &Mutex<Vec<Set>>) -> io::Result<()> {
    let connection = (client.peer_addr()?, client.local_addr()?);
    let mut requests = BufReader::new(client.try_clone()?);
    while let Some(request) = message(&mut requests)? {
        let (before, after) = match sprung(traps, &request) {
            Some(set) if set.moment == Moment::Before => (Some(set), None),
            set => (None, set),
        };
        if !hold(before, connection) {
            return Ok(());
        }
        // A connection of its own, since the engine closes those that are not used for seconds.
        let mut server = TcpStream::connect(target)?;
        server.write_all(&request)?;
        let Some(answer) = message(&mut BufReader::new(server))? else { return Ok(()) };
        if !hold(after, connection) {
            return Ok(());
        }
        client.write_all(&answer)?;
    }
    Ok(())
}

/// The trap that this request was the last step of.
fn sprung(traps: &Mutex<Vec<Set>>, request: &[u8]) -> Option<Set> {
    let text = String::from_utf8_lossy(request);
    let mut traps = traps.lock().expect("not poisoned");
    traps.retain(|set| !set.caught.is_closed());
    let came = |set: &Set| set.steps.first().is_some_and(|words| words.iter().all(|word| text.contains(word)));
    let at = traps.iter().position(came)?;
    traps[at].steps.remove(0);
    traps[at].steps.is_empty().then(|| traps.remove(at))
}

/// Waits for what the test does. False if nothing goes on.
fn hold(set: Option<Set>, connection: Connection) -> bool {
    let Some(set) = set else { return true };
    let (go_on, wait) = mpsc::channel();
    // A test that has ended meanwhile holds nobody up.
    set.caught.send(Caught { connection, go_on }).is_err() || wait.recv().is_ok()
}

/// One message of HTTP/1.1 as it came; none at the end.
fn message(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    let (mut length, mut chunked) = (0, false);
    loop {
        let start = all.len();
        if from.read_until(b'\n', &mut all)? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&all[start..]).trim().to_ascii_lowercase();
        match line.split_once(':') {
            _ if line.is_empty() => break,
            Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
            Some(("transfer-encoding", value)) => chunked = value.contains("chunked"),
            _ => {}
        }
    }
    while chunked {
        let start = all.len();
        from.read_until(b'\n', &mut all)?;
        let size = String::from_utf8_lossy(&all[start..]).trim().to_owned();
        let size = u64::from_str_radix(&size, 16).map_err(io::Error::other)?;
        from.take(size + 2).read_to_end(&mut all)?;
        chunked = size > 0;
    }
    from.take(length).read_to_end(&mut all)?;
    Ok(Some(all))
}

//! A person's or the system's wish that we end.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C, a request to terminate or a terminal that goes away. From the first call on these no longer end
/// the process by themselves, so only commands that clean up behind them call it.
pub async fn requested() {
    tokio::select! {
        () = ctrl_c() => {}
        () = termination() => {}
    }
}

/// Waits for Ctrl-C, which a terminal sends to every program that runs in it.
pub async fn ctrl_c() {
    wait(SignalKind::interrupt()).await;
}

/// Waits for a request to terminate or a terminal that goes away, which is sent to this process alone.
pub async fn termination() {
    tokio::select! {
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}

async fn wait(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

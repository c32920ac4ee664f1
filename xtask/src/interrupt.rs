//! A person's or the system's wish that we end.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for Ctrl-C, a request to terminate or a terminal that goes away. From the first call on these no longer end
/// the process by themselves, so only commands that clean up behind them call it.
pub async fn requested() {
    let wait = |kind| async move {
        match signal(kind) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
        () = wait(SignalKind::hangup()) => {}
    }
}

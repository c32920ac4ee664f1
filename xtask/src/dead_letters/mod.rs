//! Dead-letter queues: what lies in them, what it means to its session, and how it gets back.

mod letters;
mod move_task;
mod replay;

pub use letters::{Letter, Letters, Verdict};
pub use replay::{Replayer, Report, warn_of_hidden};

use anyhow::{Context, Result};
use clap::ValueEnum;
use drydock_contract::Stage;
use drydock_stack::StackInfo;
use std::fmt;

/// A queue that has a dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum QueueName {
    /// Repositories to fetch
    CloneDetect,
    /// Deployments to start
    Deploy,
    /// Deployments to watch
    Monitor,
    /// Repositories to repair
    Fixer,
    /// Deployments to test
    SanityTester,
    /// Events about executions that nobody could be told of
    Executions,
}

impl QueueName {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::CloneDetect, Self::Deploy, Self::Monitor, Self::Fixer, Self::SanityTester, Self::Executions];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloneDetect => "clone-detect",
            Self::Deploy => "deploy",
            Self::Monitor => "monitor",
            Self::Fixer => "fixer",
            Self::SanityTester => "sanity-tester",
            Self::Executions => "executions",
        }
    }

    /// The stage whose messages it holds, if it holds such.
    pub const fn stage(self) -> Option<Stage> {
        Some(match self {
            Self::CloneDetect => Stage::CloneDetect,
            Self::Deploy => Stage::Deploy,
            Self::Monitor => Stage::Monitor,
            Self::Fixer => Stage::Fix,
            Self::SanityTester => Stage::SanityTest,
            Self::Executions => return None,
        })
    }

    /// What its outputs begin with.
    const fn output(self) -> &'static str {
        match self {
            Self::CloneDetect => "CloneDetect",
            Self::Deploy => "Deploy",
            Self::Monitor => "Monitor",
            Self::Fixer => "Fixer",
            Self::SanityTester => "SanityTester",
            Self::Executions => "Executions",
        }
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A queue of the stack with its dead-letter queue.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Which one.
    pub name: QueueName,
    /// Where its messages are worked on; where that is a service's, the same as the other.
    pub url: String,
    /// Where those lie that failed.
    pub dead_url: String,
}

impl Queue {
    /// From the stack's outputs.
    ///
    /// # Errors
    /// If they do not name it.
    pub fn of(stack: &StackInfo, name: QueueName) -> Result<Self> {
        let output = |suffix: &str| {
            let output = format!("{}{suffix}", name.output());
            let value = stack.outputs.get(&output).cloned();
            value.with_context(|| format!("stack {} has no output {output}; deploy it again", stack.name))
        };
        let dead_url = output("DlqUrl")?;
        let url = if name.stage().is_some() { output("QueueUrl")? } else { dead_url.clone() };
        Ok(Self { name, url, dead_url })
    }

    /// The one that is named, or all.
    ///
    /// # Errors
    /// As [`Queue::of`].
    pub fn chosen(stack: &StackInfo, name: Option<QueueName>) -> Result<Vec<Self>> {
        let names = name.map_or_else(|| QueueName::ALL.to_vec(), |name| vec![name]);
        names.into_iter().map(|name| Self::of(stack, name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_outputs_are_those_of_the_template() {
        let template = infra::drydock::template().to_json();
        for name in QueueName::ALL {
            assert_eq!(QueueName::from_str(name.as_str(), false), Ok(name));
            let suffixes = if name.stage().is_some() { &["QueueUrl", "DlqUrl"][..] } else { &["DlqUrl"] };
            for suffix in suffixes {
                assert!(template.contains(&format!("\"{}{suffix}\"", name.output())), "{name} {suffix}");
            }
        }
    }
}

//! The keys of the file, what each is for, and which values it takes.

use crate::build::Profile;
use crate::build::target::Target;
use crate::options::StackName;
use clap::ValueEnum;

/// A key whose value is text and the default of the option of the same name.
pub struct Key {
    /// As in the file, and the option's name.
    pub name: &'static str,
    /// Variables of the environment that come before it.
    pub variables: &'static [&'static str],
    /// What it is for.
    pub about: &'static str,
    /// A value.
    pub example: &'static str,
    pub(super) check: fn(&str) -> Result<(), String>,
}

/// Every key of that sort.
pub const KEYS: [Key; 7] = [
    Key {
        name: "stack-name",
        variables: &["DRYDOCK_STACK_NAME"],
        about: "Name of the stack",
        example: "drydock",
        check: |value| value.parse::<StackName>().map(drop).map_err(|error| error.to_string()),
    },
    Key {
        name: "region",
        variables: &["AWS_REGION", "AWS_DEFAULT_REGION"],
        about: "AWS region",
        example: "eu-central-1",
        check: anything,
    },
    Key {
        name: "profile",
        // Whoever exports keys says whose they are.
        variables: &["AWS_PROFILE", "AWS_ACCESS_KEY_ID"],
        about: "Profile of the AWS configuration",
        example: "operations",
        check: anything,
    },
    Key {
        name: "role-arn",
        variables: &[],
        about: "Service role that CloudFormation takes on",
        example: "arn:aws:iam::123456789012:role/cloudformation",
        check: |value| {
            let role = value.starts_with("arn:") && value.contains(":role/");
            if role { Ok(()) } else { Err("not the ARN of a role".to_owned()) }
        },
    },
    Key {
        name: "target",
        variables: &[],
        about: "What the functions are built for",
        example: "aarch64-unknown-linux-musl",
        check: |value| value.parse::<Target>().map(drop),
    },
    Key {
        name: "cargo-profile",
        variables: &[],
        about: "Cargo profile of the functions",
        example: "release",
        check: |value| Profile::from_str(value, false).map(drop).map_err(|_| "dev or release".to_owned()),
    },
    Key {
        name: "cargo",
        variables: &["DRYDOCK_CARGO"],
        about: "Cargo that builds the functions",
        example: "/usr/bin/cargo",
        check: anything,
    },
];

fn anything(value: &str) -> Result<(), String> {
    if value.is_empty() { Err("it is empty".to_owned()) } else { Ok(()) }
}

/// The section of the manual about the file.
pub fn manual() -> String {
    let mut text = String::from("| Key | | Example | Comes after |\n|---|---|---|---|\n");
    for key in &KEYS {
        let before = std::iter::once(format!("`--{}`", key.name))
            .chain(key.variables.iter().map(|name| format!("`{name}`")))
            .collect::<Vec<_>>();
        text += &format!("| `{}` | {} | `\"{}\"` | {} |\n", key.name, key.about, key.example, before.join(", "));
    }
    text += "| `[parameters]` | Template parameters, one a line | `AlarmEmail = \"ops@example.com\"` | `--parameter`, each on its own |\n";
    text += "| `[tags]` | Tags of the stack and all that is in it, one a line | `team = \"platform\"` | `--tag`, each on its own |\n";
    text
}

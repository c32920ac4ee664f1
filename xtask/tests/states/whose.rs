//! Whose credentials a command takes, and where it goes with them.

use crate::script::{Ran, Script};

/// Profiles, and an installation that has one of them in its file.
const PROFILES: &str = "\
[profile staging]
region = eu-west-1
aws_access_key_id = AKIDSTAGING
aws_secret_access_key = secret

[profile nowhere]
aws_access_key_id = AKIDNOWHERE
aws_secret_access_key = secret
";
const INSTALLATION: &str = "profile = \"staging\"\nregion = \"eu-central-1\"\n";

/// Runs `outputs` with these arguments and variables where the profiles are, and the file of an installation if asked.
async fn run(installation: bool, arguments: &str, variables: &[(&str, &str)]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let (profiles, file) = (folder.path().join("config"), folder.path().join("drydock.toml"));
    std::fs::write(&profiles, PROFILES).unwrap();
    std::fs::write(&file, if installation { INSTALLATION } else { "" }).unwrap();
    let mut script = Script::stack(&["UPDATE_COMPLETE"])
        .env("AWS_CONFIG_FILE", profiles.to_str().unwrap())
        .env("DRYDOCK_CONFIG", file.to_str().unwrap());
    for (name, value) in variables {
        script = script.env(name, value);
    }
    script.run(&format!("outputs {arguments}")).await
}

/// The keys that signed its requests, and the region.
async fn check(installation: bool, arguments: &str, variables: &[(&str, &str)], key: &str, region: &str) {
    let ran = run(installation, arguments, variables).await;
    assert_eq!(ran.code, 0, "{ran}");
    let expected = (key.to_owned(), region.to_owned());
    assert!(!ran.signed.is_empty() && ran.signed.iter().all(|signed| *signed == expected), "{:?}", ran.signed);
}

/// The environment of a shell in which somebody has exported keys.
const PRODUCTION: [(&str, &str); 1] = [("AWS_ACCESS_KEY_ID", "AKIDPRODUCTION")];
const NO_KEYS: [(&str, &str); 3] = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", ""), ("AWS_REGION", "")];

#[tokio::test]
async fn a_profile_that_is_named_comes_before_exported_keys_with_its_region() {
    check(false, "", &PRODUCTION, "AKIDPRODUCTION", "us-east-1").await;
    check(false, "--profile staging", &PRODUCTION, "AKIDSTAGING", "eu-west-1").await;
    check(false, "--profile staging --region ca-central-1", &PRODUCTION, "AKIDSTAGING", "ca-central-1").await;
    // One without a region goes where the environment says.
    check(false, "--profile nowhere", &PRODUCTION, "AKIDNOWHERE", "us-east-1").await;
}

#[tokio::test]
async fn a_profile_of_the_file_yields_to_the_environment() {
    check(true, "", &PRODUCTION, "AKIDPRODUCTION", "us-east-1").await;
    check(true, "", &NO_KEYS, "AKIDSTAGING", "eu-central-1").await;
    // One that is named comes before the file, too.
    check(true, "--profile staging", &NO_KEYS, "AKIDSTAGING", "eu-west-1").await;
    check(true, "--profile nowhere", &NO_KEYS, "AKIDNOWHERE", "eu-central-1").await;
}

#[tokio::test]
async fn a_profile_that_is_not_there_is_replaced_by_no_other_credentials() {
    let ran = run(false, "--profile stagin", &PRODUCTION).await;
    assert_eq!((ran.code, ran.signed.len()), (1, 0), "{ran}");
    assert!(ran.stderr.contains("stagin"), "{ran}");
}

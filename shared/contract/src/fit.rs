//! What stands in the account, cut to what a session's head can hold.

use crate::session::DeployedResources;

/// Most bytes of addresses, outputs and resources. DynamoDB takes 400 KB for the whole head, which holds more than this.
const MAX_BYTES: usize = 100_000;

/// Bytes of an entry beside its text: quotes, names of fields and the like.
const AROUND: usize = 20;

impl DeployedResources {
    /// Leaves out what goes beyond the room that a head has for it, addresses last. Says what that was.
    pub fn fit(&mut self) -> Option<String> {
        let mut room = MAX_BYTES;
        let mut takes = |bytes: usize| {
            let left = room.checked_sub(bytes);
            room = left.unwrap_or(room);
            left.is_some()
        };
        let before = [self.urls.len(), self.outputs.len(), self.resources.len()];
        self.urls.retain(|url| takes(url.len() + AROUND));
        self.outputs.retain(|name, value| takes(name.len() + value.len() + AROUND));
        self.resources.retain(|resource| {
            let text = [&resource.logical_id, &resource.physical_id, &resource.resource_type, &resource.status];
            takes(text.iter().map(|text| text.len() + AROUND).sum())
        });
        let after = [self.urls.len(), self.outputs.len(), self.resources.len()];
        let left_out: Vec<String> = ["URL", "output", "resource"]
            .iter()
            .zip(before.iter().zip(after))
            .map(|(noun, (before, after))| (noun, before - after))
            .filter(|(_, count)| *count > 0)
            .map(|(noun, count)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }))
            .collect();
        (!left_out.is_empty()).then(|| format!("not listed for their size: {}", left_out.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::DeployedResource;

    fn deployed(outputs: usize, bytes: usize, resources: usize) -> DeployedResources {
        let resource = |at: usize| DeployedResource {
            logical_id: format!("R{at}"),
            physical_id: "p".repeat(bytes),
            resource_type: "AWS::SQS::Queue".to_owned(),
            status: "CREATE_COMPLETE".to_owned(),
        };
        DeployedResources {
            urls: vec!["https://example.com".to_owned()],
            outputs: (0..outputs).map(|at| (format!("O{at}"), "v".repeat(bytes))).collect(),
            resources: (0..resources).map(resource).collect(),
            ..DeployedResources::default()
        }
    }

    #[test]
    fn what_is_too_much_is_left_out_and_told() {
        let check = |outputs: usize, bytes: usize, resources: usize, expected: Option<&str>| {
            let mut found = deployed(outputs, bytes, resources);
            assert_eq!(found.fit().as_deref(), expected, "{outputs} {bytes} {resources}");
            assert_eq!(found.urls.len(), 1);
            assert!(serde_json::to_string(&found).unwrap().len() < MAX_BYTES + 1000);
            let again = found.clone();
            assert_eq!((found.fit(), &found), (None, &again), "once is enough");
        };
        check(0, 0, 0, None);
        check(60, 1000, 30, None);
        check(200, 1000, 0, Some("not listed for their size: 103 outputs"));
        check(0, 2000, 200, Some("not listed for their size: 153 resources"));
        check(1, 200_000, 1, Some("not listed for their size: 1 output, 1 resource"));
    }

    #[test]
    fn one_that_is_too_large_does_not_crowd_out_the_others() {
        let mut found = deployed(3, 10, 3);
        found.outputs.insert("A".to_owned(), "v".repeat(200_000));
        assert_eq!(found.fit().as_deref(), Some("not listed for their size: 1 output"));
        assert_eq!((found.outputs.len(), found.resources.len()), (3, 3));
    }
}

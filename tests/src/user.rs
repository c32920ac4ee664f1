//! People who may do less than everything.

use crate::World;

impl World {
    /// A user with this policy and nothing else. Returns the id of its key and its secret.
    pub async fn user(&self, name: &str, policy: &str) -> (String, String) {
        let client = aws_sdk_iam::Client::new(&self.config);
        client.create_user().user_name(name).send().await.expect("a user");
        let put = client.put_user_policy().user_name(name).policy_name("own").policy_document(policy);
        put.send().await.expect("its policy");
        let answer = client.create_access_key().user_name(name).send().await.expect("its key");
        let key = answer.access_key.expect("a key");
        (key.access_key_id, key.secret_access_key)
    }
}

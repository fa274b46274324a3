//! The tool's own keys: one signs, older ones stay published until they are retired.

use super::tool::Tool;

#[test]
fn keys_rotate_and_retire() {
    let tool = Tool::new();
    let first = tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
    let refused = tool.fails(&["key", "retire", &first, "--yes"], 4);
    assert!(refused.contains("hint: ltictl key rotate"), "{refused}");
    let rotated = tool.run(&["key", "rotate"]);
    assert!(rotated.remarks.contains(&format!("ltictl key retire {first}")), "{}", rotated.remarks);
    let states = |tool: &Tool| {
        let mut states: Vec<String> = tool.json(&["key", "list"]).as_array().unwrap().iter().map(|key| key["state"].as_str().unwrap().to_owned()).collect();
        states.sort();
        states
    };
    assert_eq!(states(&tool), ["active", "published"]);
    assert_eq!(tool.json(&["key", "export"])["keys"].as_array().unwrap().len(), 2);
    let refused = tool.fails(&["key", "retire", &first], 2);
    assert!(refused.contains(&format!("hint: ltictl key retire {first} --yes")), "{refused}");
    assert_eq!(tool.json(&["key", "retire", &first, "--yes"])["state"], "retired");
    assert_eq!(states(&tool), ["active", "retired"]);
    assert_eq!(tool.json(&["key", "export"])["keys"].as_array().unwrap().len(), 1);
    tool.fails(&["key", "retire", "nothing", "--yes"], 3);
}

#[test]
fn only_public_halves_leave() {
    let tool = Tool::new();
    let kid = tool.json(&["key", "list"])[0]["kid"].as_str().unwrap().to_owned();
    let keyset = tool.json(&["key", "export", &kid]);
    let mut members: Vec<&str> = keyset["keys"][0].as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    let pem = tool.run(&["key", "export", "--format", "pem"]).answer;
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("-----END PUBLIC KEY-----\n"), "{pem}");
    let document = tool.json(&["key", "export", &kid, "--format", "pem"]);
    assert_eq!((document["kid"].as_str(), document["pem"].as_str()), (Some(&*kid), Some(&*pem)));
}

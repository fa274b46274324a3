//! The names of results (`lis_result_sourcedid`): as in Moodle, JSON with a hash, which must come back
//! unchanged. It contains characters that XML escapes.

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use crate::sandbox::school::Course;

/// The name of a person's result in the column of a link.
pub(in crate::sandbox) fn sourcedid(key: &str, course: Course, link: &str, user: &str) -> String {
    let data = json!({
        "course": course.name(),
        "instanceid": link,
        "note": "graded & <final>",
        "userid": user,
    });
    json!({ "data": data, "hash": hash(key, &data) }).to_string()
}

/// Course, link and person of a name that the platform has made.
pub(in crate::sandbox) fn read(key: &str, sourcedid: &str) -> Option<(Course, String, String)> {
    let value: Value = serde_json::from_str(sourcedid).ok()?;
    let data = &value["data"];
    let text = |name: &str| data[name].as_str().map(str::to_owned);
    (value["hash"] == hash(key, data)).then_some(())?;
    Some((text("course")?.parse().ok()?, text("instanceid")?, text("userid")?))
}

fn hash(key: &str, data: &Value) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    HEXLOWER.encode(hmac::sign(&key, data.to_string().as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_names_are_read() {
        let name = sourcedid("key", Course::Algebra, "21", "4");
        let parts = (Course::Algebra, "21".to_owned(), "4".to_owned());
        assert_eq!(read("key", &name), Some(parts));
        assert_eq!(read("key", &name.replace("\"4\"", "\"5\"")), None);
        assert_eq!(read("other", &name), None);
        assert_eq!(read("key", ""), None);
    }
}

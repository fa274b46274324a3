//! Queries and forms: read as the standard reads them, or refused; nothing is invented.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::web::form::{Parameters, decode, percent_decode};
use url::form_urlencoded;

fuzz_target!(|data: &[u8]| {
    let mut parameters = Parameters::new();
    let decoded = decode(data, &mut parameters);
    let standard: Parameters = form_urlencoded::parse(data).into_owned().collect();
    match decoded {
        Ok(()) => {
            assert_eq!(parameters, standard);
            let length: usize =
                parameters.iter().map(|(name, value)| name.len() + value.len()).sum();
            assert!(length <= data.len() && parameters.len() <= data.len());
            let written =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish();
            let mut again = Parameters::new();
            assert_eq!(decode(written.as_bytes(), &mut again), Ok(()));
            assert_eq!(again, parameters);
        }
        // What comes before the mistake may be there; it is as the standard reads it.
        Err(problem) => assert!(!problem.is_empty() && standard.starts_with(&parameters)),
    }
    match percent_decode(data) {
        Some(bytes) => {
            assert!(bytes.len() <= data.len() && (data.contains(&b'%') || bytes == data))
        }
        None => assert!(data.contains(&b'%')),
    }
});

//! What the tool seals under its own key besides states: invitations, confirmations, keys of apps.
//! Only what it sealed opens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::token::MacKey;
use ltictl::token::app_key::{app_key, app_key_matches};
use ltictl::token::confirmation::{self, Confirmation};
use ltictl::token::invitation::{claimed_id, token, token_matches};
use ltictl_fuzz::NOW;
use uuid::Uuid;

fuzz_target!(|data: &[u8]| {
    let (key, other) = (MacKey::new([7; 32]), MacKey::new([8; 32]));
    let text = String::from_utf8_lossy(data);
    assert!(
        Confirmation::open(&text, &key, NOW).is_none(),
        "a confirmation opens that was not sealed"
    );
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(data).for_each(|(byte, from)| *byte = *from);
    let uuid = Uuid::from_bytes(bytes);
    assert!(!app_key_matches(&key, &uuid, 0, &text) && !app_key_matches(&key, &uuid, 1, &text));
    if let Some(id) = claimed_id(&text) {
        assert!(text.starts_with(&format!("{id}.")));
        assert!(
            !token_matches(&key, &text, id, NOW),
            "an invitation is accepted that was not made"
        );
    }

    let number = data.iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    let invitation = token(&key, number, NOW);
    assert!(
        claimed_id(&invitation) == Some(number) && token_matches(&key, &invitation, number, NOW)
    );
    assert!(
        !token_matches(&other, &invitation, number, NOW)
            && !token_matches(&key, &invitation, number, NOW + 1)
    );

    let confirmation = Confirmation {
        invitation: number,
        configuration_url: text.chars().take(1000).collect(),
        registration_token: data
            .first()
            .filter(|first| **first % 2 == 1)
            .map(|_| text.chars().rev().take(1000).collect()),
        issued_at: NOW,
    };
    let sealed = confirmation.seal(&key);
    assert!(
        Confirmation::open(&sealed, &key, NOW + confirmation::LIFETIME_SECONDS)
            .is_some_and(|opened| opened == confirmation)
    );
    assert!(
        Confirmation::open(&sealed, &key, NOW + confirmation::LIFETIME_SECONDS + 1).is_none()
            && Confirmation::open(&sealed, &other, NOW).is_none()
    );
    let own = app_key(&key, &uuid, number);
    assert!(
        app_key_matches(&key, &uuid, number, &own) && !app_key_matches(&other, &uuid, number, &own)
    );
    assert!(
        !app_key_matches(&key, &Uuid::from_u128(!uuid.as_u128()), number, &own)
            && !app_key_matches(&key, &uuid, number.wrapping_add(1), &own)
    );

    // None of them passes for another.
    for value in [&invitation, &sealed, &own] {
        assert!(
            value == &invitation
                || claimed_id(value).is_none_or(|id| !token_matches(&key, value, id, NOW))
        );
        assert!(value == &sealed || Confirmation::open(value, &key, NOW).is_none());
        assert!(value == &own || !app_key_matches(&key, &uuid, number, value));
    }

    // One character changed, wherever the input says.
    if let [position, replacement, ..] = data {
        let mut forged = sealed.clone().into_bytes();
        let position = usize::from(*position) % forged.len();
        forged[position] = b'A' + replacement % 26;
        let forged = String::from_utf8(forged).expect("sealed values are ASCII");
        assert!(forged == sealed || Confirmation::open(&forged, &key, NOW).is_none());
    }
});

//! Values in paths and queries, which are text without types.

use super::*;

fn asc(query: &str) -> Result<Value, ApiError> {
    let input = Input { query: Some(format!("asc={query}")), ..Input::default() };
    normalise(&messages::PAGE, &input).map(|normal| normal.request)
}

/// `strconv.ParseBool`, by which ZITADEL's gateway reads them.
#[test]
fn a_flag_in_a_query_has_more_spellings_than_in_json() {
    for wrong in ["", "2", "yes", "on", "tRUE", "TrUe", " true", "01"] {
        let error = asc(wrong).expect_err(wrong).message;
        assert_eq!(error, "asc: must be true or false", "{wrong}");
    }
    for word in ["1", "t", "T", "true", "TRUE", "True"] {
        assert_eq!(asc(word), Ok(json!({ "asc": true })), "{word}");
    }
    for word in ["0", "f", "F", "false", "FALSE", "False"] {
        assert_eq!(asc(word), Ok(json!({})), "{word}");
    }
    for wrong in ["1", "0", "\"true\"", "\"1\"", "\"T\""] {
        refused(&messages::PAGE, &format!(r#"{{"asc":{wrong}}}"#), "asc: must be true or false");
    }
}

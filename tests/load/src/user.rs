//! Who asks: users with attributes that follow from their number.

use serde_json::{Value, json};

/// The countries that users are in, in turn. The rules of [`crate::content`] know the first three.
const COUNTRIES: [&str; 6] = ["AT", "DE", "FR", "IE", "SE", "PT"];
/// The first so many of [`COUNTRIES`] are in the list of the rules.
pub(crate) const LISTED: [&str; 3] = ["AT", "DE", "FR"];
/// Minor versions of the users' applications: 2.0.0 to 2.11.0.
const MINORS: usize = 12;
/// The rules are about applications from this minor version on.
pub(crate) const NEW_MINOR: usize = 6;
/// The mail addresses of the segment end with it.
pub(crate) const EMPLOYEES: &str = "@example.com";

/// A user. What a rule will say about one is known without evaluating it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct User(pub usize);

impl User {
    /// The body of an OFREP request about this user.
    pub fn body(self) -> String {
        json!({ "context": self.context() }).to_string()
    }

    pub(crate) fn is_listed(self) -> bool {
        LISTED.contains(&self.country())
    }

    pub(crate) fn is_up_to_date(self) -> bool {
        self.minor() >= NEW_MINOR
    }

    pub(crate) fn is_employee(self) -> bool {
        self.0.is_multiple_of(5)
    }

    fn context(self) -> Value {
        let domain = if self.is_employee() { EMPLOYEES } else { "@elsewhere.example" };
        json!({
            "targetingKey": format!("user-{}", self.0),
            "email": format!("user-{}{domain}", self.0),
            "country": self.country(),
            "appVersion": format!("2.{}.0", self.minor()),
            "plan": if self.0.is_multiple_of(3) { "pro" } else { "free" },
        })
    }

    fn country(self) -> &'static str {
        COUNTRIES.get(self.0 % COUNTRIES.len()).copied().unwrap_or_default()
    }

    /// Not the remainder of the number itself, or it would go with the country.
    fn minor(self) -> usize {
        (self.0 / COUNTRIES.len()) % MINORS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_differ_in_all_that_rules_ask_about() {
        for holds in [User::is_listed, User::is_up_to_date, User::is_employee] {
            let some = (0..60).filter(|number| holds(User(*number))).count();
            assert!((10..50).contains(&some), "{some} of 60");
        }
    }

    #[test]
    fn a_body_is_the_same_each_time() {
        assert_eq!(User(7).body(), User(7).body());
        assert!(User(0).body().contains(r#""country":"AT""#));
    }
}

//! Says why, from what is stored.

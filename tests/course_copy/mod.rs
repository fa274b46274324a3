//! Courses that were copied: what the new course knows of the old one, and what it does not get.

mod history;

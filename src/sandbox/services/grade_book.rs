//! The grade book: columns (line items) and their grades.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::super::content::ContentItem;
use super::super::school::{Course, Link};

/// The maximum grade in the columns of the school's own links.
const USUAL_MAXIMUM: f64 = 100.0;

/// The number of the first column that a tool creates; lower ones belong to links.
const FIRST_CREATED: u32 = 1_000_000;

/// Maximum number of columns created by tools, to limit memory.
const MAX_CREATED: u32 = 10_000;

/// A column of the grade book.
#[derive(Debug, Clone, PartialEq)]
pub struct GradeColumn {
    /// Its number in URLs.
    pub id: u32,
    /// The course.
    pub course: Course,
    /// The title.
    pub label: String,
    /// The maximum grade.
    pub score_maximum: f64,
    /// The tool's identifier of its resource (`resourceId`); empty for none.
    pub resource_id: String,
    /// The tool's tag of the column (`tag`); empty for none.
    pub tag: String,
    /// The resource link that it belongs to.
    pub resource_link_id: Option<String>,
    /// Whether it was created with its link. The tool cannot delete such a column.
    pub coupled: bool,
    /// When work can start, as sent by the tool.
    pub start: Option<String>,
    /// When work must be submitted, as sent by the tool.
    pub end: Option<String>,
    /// The grades, by `user_id`.
    pub grades: BTreeMap<String, Grade>,
}

/// A person's grade.
#[derive(Debug, Clone, PartialEq)]
pub struct Grade {
    /// The grade on the column's scale; `None` if it was cleared.
    pub score: Option<f64>,
    /// The tool's comment.
    pub comment: Option<String>,
    /// `timestamp` of the score.
    pub timestamp: Timestamp,
    /// How many scores were new attempts, as Canvas counts them.
    pub attempts: u32,
}

/// The details of a column, as sent by a tool.
pub(super) struct ColumnDetails {
    pub(super) label: String,
    pub(super) score_maximum: f64,
    pub(super) resource_id: String,
    pub(super) tag: String,
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
}

impl GradeColumn {
    /// Replaces the details; grades are rescaled.
    pub(super) fn replace(&mut self, details: ColumnDetails) {
        let factor = details.score_maximum / self.score_maximum;
        for score in self.grades.values_mut().filter_map(|grade| grade.score.as_mut()) {
            *score *= factor;
        }
        self.label = details.label;
        self.score_maximum = details.score_maximum;
        self.resource_id = details.resource_id;
        self.tag = details.tag;
        self.start = details.start;
        self.end = details.end;
    }
}

/// All columns of all courses, by their numbers.
pub(super) struct GradeBook {
    columns: BTreeMap<u32, GradeColumn>,
    created: u32,
}

impl GradeBook {
    /// A column for every link of every course.
    pub(super) fn new() -> Self {
        let mut book = Self { columns: BTreeMap::new(), created: 0 };
        for course in Course::ALL.iter().filter(|course| course.context().is_some()) {
            for link in Link::ALL {
                let details = ColumnDetails {
                    label: link.description().to_owned(),
                    score_maximum: USUAL_MAXIMUM,
                    resource_id: String::new(),
                    tag: String::new(),
                    start: None,
                    end: None,
                };
                book.insert(
                    link.id(*course),
                    *course,
                    Some(link.id(*course).to_string()),
                    true,
                    details,
                );
            }
        }
        book
    }

    /// Adds the columns of selected content.
    pub(super) fn add_items(&mut self, items: &[ContentItem]) {
        for item in items {
            if let (Ok(id), Some(line_item)) = (item.id.parse(), &item.line_item) {
                let time = |name| item.sent["submission"][name].as_str().map(str::to_owned);
                let details = ColumnDetails {
                    label: line_item.label.clone(),
                    score_maximum: line_item.score_maximum,
                    resource_id: line_item.resource_id.clone().unwrap_or_default(),
                    tag: line_item.tag.clone().unwrap_or_default(),
                    start: time("startDateTime"),
                    end: time("endDateTime"),
                };
                self.insert(id, item.course, Some(item.id.clone()), true, details);
            }
        }
    }

    /// Adds a column for a tool and returns its number; `None` if there are too many.
    pub(super) fn create(
        &mut self,
        course: Course,
        resource_link_id: Option<String>,
        details: ColumnDetails,
    ) -> Option<u32> {
        if self.created == MAX_CREATED {
            return None;
        }
        let id = FIRST_CREATED + self.created;
        self.created += 1;
        self.insert(id, course, resource_link_id, false, details);
        Some(id)
    }

    fn insert(
        &mut self,
        id: u32,
        course: Course,
        resource_link_id: Option<String>,
        coupled: bool,
        details: ColumnDetails,
    ) {
        let ColumnDetails { label, score_maximum, resource_id, tag, start, end } = details;
        let column = GradeColumn {
            id,
            course,
            label,
            score_maximum,
            resource_id,
            tag,
            resource_link_id,
            coupled,
            start,
            end,
            grades: BTreeMap::new(),
        };
        self.columns.insert(id, column);
    }

    /// The columns of a course, oldest first.
    pub(super) fn columns(&self, course: Course) -> impl Iterator<Item = &GradeColumn> {
        self.columns.values().filter(move |column| column.course == course)
    }

    /// A column of this course.
    pub(super) fn find(&mut self, course: Course, id: u32) -> Option<&mut GradeColumn> {
        self.columns.get_mut(&id).filter(|column| column.course == course)
    }

    /// Deletes a column with its grades.
    pub(super) fn delete(&mut self, id: u32) {
        self.columns.remove(&id);
    }
}

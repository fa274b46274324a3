//! The description of a tool that platforms import: a basic LTI link as XML (Common Cartridge 1.1,
//! appendix C). Key and secret are never part of it.
//!
//! Serve it as [`MEDIA_TYPE`] at a URL that ends with `.xml`, by which Moodle recognizes it.

use super::xml::Element;

/// The `Content-Type` of a cartridge.
pub const MEDIA_TYPE: &str = "text/xml; charset=utf-8";

/// The namespaces, with their prefixes and schemas.
const NAMESPACES: [(&str, &str, &str); 4] = [
    (
        "xmlns",
        "http://www.imsglobal.org/xsd/imslticc_v1p0",
        "http://www.imsglobal.org/xsd/lti/ltiv1p0/imslticc_v1p0.xsd",
    ),
    (
        "xmlns:blti",
        "http://www.imsglobal.org/xsd/imsbasiclti_v1p0",
        "http://www.imsglobal.org/xsd/lti/ltiv1p0/imsbasiclti_v1p0.xsd",
    ),
    (
        "xmlns:lticm",
        "http://www.imsglobal.org/xsd/imslticm_v1p0",
        "http://www.imsglobal.org/xsd/lti/ltiv1p0/imslticm_v1p0.xsd",
    ),
    (
        "xmlns:lticp",
        "http://www.imsglobal.org/xsd/imslticp_v1p0",
        "http://www.imsglobal.org/xsd/lti/ltiv1p0/imslticp_v1p0.xsd",
    ),
];

/// A tool, or one resource of it. Empty texts are omitted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cartridge<'a> {
    /// The title of the link.
    pub title: &'a str,
    /// Its description.
    pub description: &'a str,
    /// Custom parameters that every launch has. Moodle does not import them.
    pub custom: &'a [(&'a str, &'a str)],
    /// What only Canvas reads.
    pub canvas: Option<Canvas<'a>>,
    /// The URL to launch. A URL with https:// is also the secure one.
    pub launch_url: &'a str,
    /// The URL of an icon. A URL with https:// is also the secure one.
    pub icon_url: &'a str,
    /// Who offers the tool.
    pub vendor: Vendor<'a>,
}

/// Extensions of Canvas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Canvas<'a> {
    /// Identifies the tool, so that it is not added twice.
    pub tool_id: &'a str,
    /// What launches say about users: `public`, `email_only`, `name_only` or `anonymous`.
    pub privacy_level: &'a str,
    /// The host of the tool; links to it are launched.
    pub domain: &'a str,
    /// Where the tool appears, such as `course_navigation`, and the URL that is launched there.
    pub placements: &'a [(&'a str, &'a str)],
}

/// Who offers a tool (Common Product profile 1.0).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Vendor<'a> {
    /// Identifies the vendor, usually a domain.
    pub code: &'a str,
    /// The vendor's name.
    pub name: &'a str,
    /// A description.
    pub description: &'a str,
    /// The vendor's URL.
    pub url: &'a str,
    /// The vendor's email address.
    pub email: &'a str,
}

impl Cartridge<'_> {
    /// The XML document. The elements have the order of the schema.
    pub fn to_xml(&self) -> String {
        let mut link = vec![Element::text("blti:title", self.title)];
        link.extend(filled("blti:description", self.description));
        if !self.custom.is_empty() {
            let custom = self.custom.iter().map(|(name, value)| property(name, value));
            link.push(Element::new("blti:custom", custom.collect::<Vec<_>>()));
        }
        link.extend(self.canvas.as_ref().map(Canvas::element));
        let urls = [
            ("blti:launch_url", self.launch_url),
            ("blti:secure_launch_url", secure(self.launch_url)),
            ("blti:icon", self.icon_url),
            ("blti:secure_icon", secure(self.icon_url)),
        ];
        link.extend(urls.into_iter().filter_map(|(name, url)| filled(name, url)));
        link.push(self.vendor.element());
        link.push(Element::new("cartridge_bundle", []).with("identifierref", "BLTI001_Bundle"));
        link.push(Element::new("cartridge_icon", []).with("identifierref", "BLTI001_Icon"));
        let mut root = Element::new("cartridge_basiclti_link", link);
        for (prefix, namespace, _) in NAMESPACES {
            root = root.with(prefix, namespace);
        }
        let locations: Vec<String> = NAMESPACES
            .iter()
            .map(|(_, namespace, schema)| format!("{namespace} {schema}"))
            .collect();
        root.with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
            .with("xsi:schemaLocation", &locations.join(" "))
            .to_document()
    }
}

impl Canvas<'_> {
    fn element(&self) -> Element {
        let properties = [
            ("tool_id", self.tool_id),
            ("privacy_level", self.privacy_level),
            ("domain", self.domain),
        ];
        let mut extensions: Vec<Element> = properties
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| property(name, value))
            .collect();
        extensions.extend(self.placements.iter().map(|(name, url)| {
            let properties = [property("url", url), property("enabled", "true")];
            Element::new("lticm:options", properties).with("name", name)
        }));
        Element::new("blti:extensions", extensions).with("platform", "canvas.instructure.com")
    }
}

impl Vendor<'_> {
    fn element(&self) -> Element {
        let texts = [
            ("lticp:code", self.code),
            ("lticp:name", self.name),
            ("lticp:description", self.description),
            ("lticp:url", self.url),
        ];
        let mut vendor: Vec<Element> =
            texts.into_iter().filter_map(|(name, text)| filled(name, text)).collect();
        let email = filled("lticp:email", self.email);
        vendor.extend(email.map(|email| Element::new("lticp:contact", [email])));
        Element::new("blti:vendor", vendor)
    }
}

fn property(name: &str, value: &str) -> Element {
    Element::text("lticm:property", value).with("name", name)
}

fn filled(name: &str, text: &str) -> Option<Element> {
    (!text.is_empty()).then(|| Element::text(name, text))
}

/// A URL if it is a secure one, otherwise nothing.
fn secure(url: &str) -> &str {
    if url.starts_with("https://") { url } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = include_bytes!("../../../tests/data/moodle/lti-1.1/cartridge.xml");

    fn cartridge() -> Cartridge<'static> {
        Cartridge {
            title: "Essay & <more>",
            description: "Write about \"cells\".",
            custom: &[("id", "7\n8"), ("a\"b", "")],
            canvas: Some(Canvas {
                tool_id: "tool",
                privacy_level: "public",
                domain: "tool.example",
                placements: &[("course_navigation", "https://tool.example/nav")],
            }),
            launch_url: "https://tool.example/lti/1p1/launch",
            icon_url: "https://tool.example/icon.png",
            vendor: Vendor {
                code: "tool.example",
                name: "Tool",
                description: "A tool",
                url: "https://tool.example/",
                email: "admin@tool.example",
            },
        }
    }

    /// The first text with this local name, as Moodle reads cartridges.
    fn first<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
        let own = (element.name == name).then_some(element.text.as_str());
        own.or_else(|| element.children.iter().find_map(|child| first(child, name)))
    }

    #[test]
    fn the_order_is_that_of_the_schema() {
        let xml = Element::parse(cartridge().to_xml().as_bytes()).expect("a document");
        let names: Vec<&str> = xml.children.iter().map(|child| child.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "title",
                "description",
                "custom",
                "extensions",
                "launch_url",
                "secure_launch_url",
                "icon",
                "secure_icon",
                "vendor",
                "cartridge_bundle",
                "cartridge_icon"
            ]
        );
        let vendor: Vec<&str> = xml
            .child("vendor")
            .expect("a vendor")
            .children
            .iter()
            .map(|child| child.name.as_str())
            .collect();
        assert_eq!(vendor, ["code", "name", "description", "url", "contact"]);
        assert_eq!(xml.text_at(&["vendor", "contact", "email"]), Some("admin@tool.example"));
        for (name, expected) in [
            ("title", "Essay & <more>"),
            ("description", "Write about \"cells\"."),
            ("launch_url", "https://tool.example/lti/1p1/launch"),
            ("icon", "https://tool.example/icon.png"),
        ] {
            assert_eq!(first(&xml, name), Some(expected));
        }
    }

    #[test]
    fn names_and_values_are_escaped() {
        let xml = cartridge().to_xml();
        for part in [
            r#"<?xml version="1.0" encoding="UTF-8"?>"#,
            r#"<cartridge_basiclti_link xmlns="http://www.imsglobal.org/xsd/imslticc_v1p0" xmlns:blti="http://www.imsglobal.org/xsd/imsbasiclti_v1p0" xmlns:lticm="#,
            r#"xsi:schemaLocation="http://www.imsglobal.org/xsd/imslticc_v1p0 http://www.imsglobal.org/xsd/lti/ltiv1p0/imslticc_v1p0.xsd http://www.imsglobal.org/xsd/imsbasiclti_v1p0 "#,
            "<blti:title>Essay &amp; &lt;more&gt;</blti:title>",
            "<lticm:property name=\"a&quot;b\"/>",
            r#"<blti:extensions platform="canvas.instructure.com"><lticm:property name="tool_id">tool</lticm:property>"#,
            r#"<lticm:options name="course_navigation"><lticm:property name="url">https://tool.example/nav</lticm:property><lticm:property name="enabled">true</lticm:property></lticm:options>"#,
            r#"<cartridge_bundle identifierref="BLTI001_Bundle"/><cartridge_icon identifierref="BLTI001_Icon"/></cartridge_basiclti_link>"#,
        ] {
            assert!(xml.contains(part), "{part} is not in {xml}");
        }
    }

    #[test]
    fn empty_elements_are_omitted() {
        let minimal =
            Cartridge { title: "T", launch_url: "http://localhost/", ..Cartridge::default() };
        let xml = Element::parse(minimal.to_xml().as_bytes()).expect("a document");
        let names: Vec<&str> = xml.children.iter().map(|child| child.name.as_str()).collect();
        assert_eq!(names, ["title", "launch_url", "vendor", "cartridge_bundle", "cartridge_icon"]);
    }

    #[test]
    fn it_says_what_a_recorded_one_says() {
        let theirs = Element::parse(RECORDED).expect("a document");
        let text = |path: &[&str]| theirs.text_at(path).unwrap_or_default();
        let ours = Cartridge {
            title: text(&["title"]),
            description: text(&["description"]),
            launch_url: text(&["launch_url"]),
            icon_url: text(&["icon"]),
            vendor: Vendor {
                code: text(&["vendor", "code"]),
                name: text(&["vendor", "name"]),
                url: text(&["vendor", "url"]),
                ..Vendor::default()
            },
            ..Cartridge::default()
        };
        assert!(ours.launch_url.ends_with("/enrol/lti/tool.php?id=4"));
        let ours = Element::parse(ours.to_xml().as_bytes()).expect("a document");
        for path in [
            &["title"][..],
            &["description"],
            &["launch_url"],
            &["icon"],
            &["vendor", "code"],
            &["vendor", "name"],
            &["vendor", "url"],
        ] {
            assert!(ours.text_at(path).is_some());
            assert_eq!(ours.text_at(path), theirs.text_at(path), "{path:?}");
        }
        assert_eq!(ours.name, theirs.name);
    }
}

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/kinds.h"
#include "model/object_info.h"

namespace wsfs {

/// The longest name a mount can show (NAME_MAX).
inline constexpr std::size_t kMaxShownNameBytes = 255;

/// Begins the one name the service sees that nobody chose: where an object of
/// a cycle of moves waits (planner.md §5). Hidden in listings; no mount lets
/// such a name be made.
inline constexpr std::string_view kParkPrefix = ".wsfs-move-";
bool IsParkedName(std::string_view name);

/// Kind, language and format: what an object is at the service.
struct Form {
  ObjectKind kind = ObjectKind::kFile;
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  friend bool operator==(const Form&, const Form&) = default;
};

/// What a new file becomes at the service, and its name there.
struct NewForm {
  Form form;
  std::string remote_name;
};

/// Decides by content and extension (design.md §5, notebooks.md §4.2): the
/// header of the extension's language at `.py .sql .scala .r` makes a NOTEBOOK
/// SOURCE, a valid ipynb at `.ipynb` a NOTEBOOK JUPYTER, each named without its
/// extension; all else is a FILE. Extensions count in any case. A
/// `.designer.ipynb` stays a FILE.
NewForm FormFor(std::string_view shown_name, Header header, bool jupyter);

/// True when the ipynb test decides about this name: the content must have
/// been looked at as a whole.
bool NeedsJupyterTest(std::string_view shown_name);

/// What the service says, as a form: a notebook in no language we know, not
/// stored as ipynb, is opaque; so is every type we cannot read.
Form FormOf(const ObjectInfo& info);

/// The name in the mount of an object: a notebook's gains its format's
/// extension. None when no mount can show it: empty, "." or "..", longer than
/// 255 bytes, or with a '/' or NUL in it. All other characters are shown as
/// they are.
std::optional<std::string> ViewFor(const Form& form,
                                   std::string_view remote_name);

/// The remote name of an object that keeps its form and is shown as
/// `shown_name`; none when that name is of another form.
std::optional<std::string> NameFits(const Form& form,
                                    std::string_view shown_name);

/// How a notebook is shown whose name a file has: "NAME.notebook.py"; with
/// `number` > 1 "NAME.notebook-2.py".
std::string ViewBesideFile(const Form& form, std::string_view remote_name,
                           int number);

/// "STEM" + `mark` + ".EXT", the stem cut so that 255 bytes are enough.
std::string WithMark(std::string_view shown_name, std::string_view mark);

}  // namespace wsfs

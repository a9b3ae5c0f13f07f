#include "notebook/names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"

namespace wsfs {

namespace {

struct SourceExtension {
  std::string_view text;  ///< With the dot, in lower case.
  Language language;
  Header header;
};

constexpr std::array kSourceExtensions = {
    SourceExtension{".py", Language::kPython, Header::kHash},
    SourceExtension{".sql", Language::kSql, Header::kDashes},
    SourceExtension{".scala", Language::kScala, Header::kSlashes},
    SourceExtension{".r", Language::kR, Header::kHash},
};
constexpr std::string_view kJupyterExtension = ".ipynb";
constexpr std::string_view kDesignerExtension = ".designer.ipynb";

bool EndsWithNoCase(std::string_view text, std::string_view lower_end) {
  if (text.size() < lower_end.size()) return false;
  return std::ranges::equal(text.substr(text.size() - lower_end.size()),
                            lower_end, {}, LowerAscii);
}

/// A name the service takes for an object of its own.
bool IsName(std::string_view name) {
  return !name.empty() && name != "." && name != "..";
}

/// The part before `extension`, if that leaves a name.
std::optional<std::string> StemBefore(std::string_view name,
                                      std::string_view extension) {
  if (!EndsWithNoCase(name, extension)) return std::nullopt;
  const std::string_view stem = name.substr(0, name.size() - extension.size());
  if (!IsName(stem)) return std::nullopt;
  return std::string(stem);
}

std::string_view ExtensionOf(const Form& form) {
  if (form.kind != ObjectKind::kNotebook) return "";
  if (form.format == NotebookFormat::kJupyter) return kJupyterExtension;
  for (const SourceExtension& extension : kSourceExtensions) {
    if (extension.language == form.language) return extension.text;
  }
  return "";
}

/// At most `bytes` of it, not ending inside a UTF-8 sequence.
std::string_view Cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 &&
         (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) {
    --bytes;
  }
  return text.substr(0, bytes);
}

std::string FitTogether(std::string_view stem, std::string_view mark,
                        std::string_view extension) {
  const std::size_t fixed = mark.size() + extension.size();
  const std::size_t room =
      fixed < kMaxShownNameBytes ? kMaxShownNameBytes - fixed : 0;
  std::string out(Cut(stem, room));
  out += mark;
  out += extension;
  return out;
}

/// The name of the notebook that this may be, if its content is an ipynb.
std::optional<std::string> JupyterStem(std::string_view shown_name) {
  if (EndsWithNoCase(shown_name, kDesignerExtension)) return std::nullopt;
  return StemBefore(shown_name, kJupyterExtension);
}

}  // namespace

bool IsParkedName(std::string_view name) {
  return name.starts_with(kParkPrefix);
}

NewForm FormFor(std::string_view shown_name, Header header, bool jupyter) {
  for (const SourceExtension& extension : kSourceExtensions) {
    if (header != extension.header) continue;
    if (auto stem = StemBefore(shown_name, extension.text)) {
      return {
          {ObjectKind::kNotebook, extension.language, NotebookFormat::kSource},
          *std::move(stem)};
    }
  }
  if (auto stem = jupyter ? JupyterStem(shown_name) : std::nullopt) {
    return {
        {ObjectKind::kNotebook, Language::kPython, NotebookFormat::kJupyter},
        *std::move(stem)};
  }
  return {{}, std::string(shown_name)};
}

bool NeedsJupyterTest(std::string_view shown_name) {
  return JupyterStem(shown_name).has_value();
}

Form FormOf(const ObjectInfo& info) {
  switch (info.type) {
    case ObjectType::kDirectory:
    case ObjectType::kRepo: return {.kind = ObjectKind::kDirectory};
    case ObjectType::kFile: return {.kind = ObjectKind::kFile};
    case ObjectType::kNotebook:
      if (info.format == NotebookFormat::kJupyter ||
          info.language != Language::kNone) {
        return {ObjectKind::kNotebook, info.language, info.format};
      }
      break;
    case ObjectType::kOpaque: break;
  }
  return {.kind = ObjectKind::kOpaque};
}

std::optional<std::string> ViewFor(const Form& form,
                                   std::string_view remote_name) {
  if (!IsName(remote_name)) return std::nullopt;
  std::string view(remote_name);
  view += ExtensionOf(form);
  if (view.size() > kMaxShownNameBytes ||
      view.find_first_of(std::string_view("/\0", 2)) != std::string::npos) {
    return std::nullopt;
  }
  return view;
}

std::optional<std::string> NameFits(const Form& form,
                                    std::string_view shown_name) {
  const std::string_view extension = ExtensionOf(form);
  if (extension.empty()) return std::string(shown_name);
  return StemBefore(shown_name, extension);
}

std::string ViewBesideFile(const Form& form, std::string_view remote_name,
                           int number) {
  std::string mark = ".notebook";
  if (number > 1) mark += "-" + std::to_string(number);
  return FitTogether(remote_name, mark, ExtensionOf(form));
}

std::string WithMark(std::string_view shown_name, std::string_view mark) {
  const std::size_t dot = shown_name.rfind('.');
  // ".profile" and "name." have no extension, nor has "a.<100 bytes more>".
  const bool extended = dot != std::string_view::npos && dot > 0 &&
                        dot + 1 < shown_name.size() &&
                        shown_name.size() - dot <= 32;
  if (!extended) return FitTogether(shown_name, mark, "");
  return FitTogether(shown_name.substr(0, dot), mark, shown_name.substr(dot));
}

}  // namespace wsfs

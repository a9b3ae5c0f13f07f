#include "notebook/view_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wsfs {
namespace {

constexpr std::array kLanguages = {Language::kPython, Language::kSql,
                                   Language::kScala, Language::kR};
constexpr std::string_view kPercentMark = ".percent";

Form SourceIn(Language language) {
  return {.kind = ObjectKind::kNotebook,
          .language = language,
          .format = NotebookFormat::kSource};
}

constexpr Form kJupyter = {.kind = ObjectKind::kNotebook,
                           .language = Language::kPython,
                           .format = NotebookFormat::kJupyter};

/// ".py" of Python; "" where there is none.
std::string SourceExtension(Language language) {
  constexpr std::string_view kAnyStem = "x";
  const auto shown = ViewFor(SourceIn(language), kAnyStem);
  return shown ? shown->substr(kAnyStem.size()) : std::string();
}

struct Ending {
  std::string text;
  View view;
};

std::vector<Ending> MakeEndings() {
  std::vector<Ending> endings;
  for (const Language language : kLanguages) {
    const std::string extension = SourceExtension(language);
    endings.push_back({std::string(kPercentMark) + extension, View::kPercent});
    endings.push_back({extension, View::kSource});
  }
  endings.push_back({".ipynb", View::kJupyter});
  endings.push_back({".md", View::kMarkdown});
  endings.push_back({".html", View::kHtml});
  return endings;
}

const std::vector<Ending>& Endings() {
  static const std::vector<Ending> endings = MakeEndings();
  return endings;
}

bool EndsSo(std::string_view name, const Ending& ending) {
  return name.size() > ending.text.size() && name.ends_with(ending.text);
}

}  // namespace

bool MayBeView(std::string_view name) {
  return std::ranges::any_of(
      Endings(), [&](const Ending& ending) { return EndsSo(name, ending); });
}

std::vector<ViewName> ViewNamesOf(std::string_view name) {
  std::vector<ViewName> names;
  for (const Ending& ending : Endings()) {
    if (!EndsSo(name, ending)) continue;
    const std::size_t stem = name.size() - ending.text.size();
    names.push_back(
        {.stem = std::string(name.substr(0, stem)), .view = ending.view});
  }
  return names;
}

std::vector<std::string> NotebookNamesOf(std::string_view stem) {
  std::vector<std::string> names;
  const auto add = [&](const Form& form) {
    if (auto shown = ViewFor(form, stem)) names.push_back(*std::move(shown));
  };
  for (const Language language : kLanguages) add(SourceIn(language));
  add(kJupyter);
  return names;
}

std::optional<std::string> NameOfView(View view, const Form& form,
                                      std::string_view stem) {
  const std::string extension = SourceExtension(form.language);
  if (extension.empty()) return std::nullopt;
  const bool jupyter = form.format == NotebookFormat::kJupyter;
  const std::string name(stem);
  switch (view) {
    case View::kSource:
      return jupyter ? std::optional(name + extension) : std::nullopt;
    case View::kJupyter:
      return jupyter ? std::nullopt : ViewFor(kJupyter, stem);
    case View::kPercent: return name + std::string(kPercentMark) + extension;
    case View::kMarkdown: return name + ".md";
    case View::kHtml: return name + ".html";
  }
  std::unreachable();
}

}  // namespace wsfs

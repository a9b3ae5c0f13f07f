#pragma once

// Notebooks for the tests of this room: every construct of the formats alone
// and before every other, each in another layout.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "notebook/views.h"

namespace wsfs {

struct CorpusNotebook {
  std::string name;  ///< Says what it is made of.
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  std::string bytes;

  NativeNotebook native() const { return {language, format, bytes}; }
};

/// Bodies of cells of a source; `@` stands for the comment sign.
const std::vector<std::string>& SourceConstructs();
/// Cells of an ipynb, as JSON.
const std::vector<std::string>& IpynbConstructs();

std::string InLanguage(const std::string& text, Language language);

const std::vector<CorpusNotebook>& SourceCorpus();
const std::vector<CorpusNotebook>& IpynbCorpus();
/// Both.
std::vector<CorpusNotebook> WholeCorpus();

/// The writable views of a notebook that are not its own format.
std::vector<View> OtherViews(const CorpusNotebook& notebook);
std::string NameOf(View view);

}  // namespace wsfs

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notebook/names.h"
#include "notebook/views.h"

namespace wsfs {

/// A name, taken for a view of the notebook that is called `stem` at the
/// service.
struct ViewName {
  std::string stem;
  View view = View::kSource;
};

/// All that a name may be a view of, by its ending: `nb.percent.py` of the
/// notebook `nb`, or the source of a notebook `nb.percent`.
std::vector<ViewName> ViewNamesOf(std::string_view name);

/// Whether it may be one at all.
bool MayBeView(std::string_view name);

/// The names under which a notebook of this name may be listed.
std::vector<std::string> NotebookNamesOf(std::string_view stem);

/// The name of a view of a notebook of this form; none if it has no such view:
/// it is listed so, or its language has no source format.
std::optional<std::string> NameOfView(View view, const Form& form,
                                      std::string_view stem);

}  // namespace wsfs

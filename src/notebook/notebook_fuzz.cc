#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "notebook/source_format.h"
#include "notebook/views.h"

namespace wsfs {
namespace {

/// Between a notebook and what a person made of a view.
constexpr char kNext = '\x1d';

void Demand(bool holds) {
  if (!holds) __builtin_trap();
}

void TrySource(std::string_view text, Language language) {
  const SourceFile file = ParseSource(text, language);
  std::string printed(file.head);
  for (const SourceCell& cell : file.cells)
    printed.append(cell.before).append(cell.bytes);
  Demand(printed.append(file.tail) == text);
  const Cells cells = CellsOfSource(file);
  const Cells again =
      CellsOfSource(ParseSource(SourceOfCells(cells, language), language));
  Demand(std::ranges::equal(cells, again, [](const Cell& one, const Cell& two) {
    return one.SaysTheSame(two);
  }));
}

/// Whatever the person wrote: shown again, it is put back as nothing new.
void TryEdit(View view, const NativeNotebook& notebook,
             std::string_view edited) {
  const auto shown = Render(view, notebook);
  if (!shown.has_value()) return;
  const auto same = PutBack(view, notebook, *shown);
  Demand(same.has_value() && *same == notebook.bytes);
  const auto back = PutBack(view, notebook, edited);
  if (!back.has_value()) return;
  const NativeNotebook now{notebook.language, notebook.format, *back};
  const auto shown_now = Render(view, now);
  Demand(shown_now.has_value());
  const auto again = PutBack(view, now, *shown_now);
  Demand(again.has_value() && *again == *back);
}

void TryNotebook(const NativeNotebook& notebook, std::string_view edited) {
  for (const View view : {View::kSource, View::kJupyter, View::kPercent})
    TryEdit(view, notebook, edited);
  const auto page = Render(View::kHtml, notebook);
  Demand(!page.has_value() || !page->contains("<script"));
  static_cast<void>(Render(View::kMarkdown, notebook));
}

/// A view of the one is one of the other too, when it was edited to that.
void TryBoth(const NativeNotebook& one, const NativeNotebook& other) {
  for (const View view : {View::kSource, View::kJupyter, View::kPercent}) {
    const auto edited = Render(view, other);
    if (!edited.has_value()) continue;
    const auto back = PutBack(view, one, *edited);
    if (!back.has_value()) continue;
    const NativeNotebook now{one.language, one.format, *back};
    const auto shown = Render(view, now);
    Demand(shown.has_value() && *shown == *edited);
  }
}

}  // namespace
}  // namespace wsfs

/// A notebook and an edited view of it, as source in two languages and as
/// ipynb. A view that nobody edited changes nothing; what is put back is a
/// notebook, and is shown as it was put back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto* bytes = static_cast<const char*>(static_cast<const void*>(data));
  const std::string_view input(bytes, size);
  const std::size_t end = std::min(input.find(wsfs::kNext), input.size());
  const std::string_view text = input.substr(0, end);
  const std::string_view edited = input.substr(std::min(end + 1, input.size()));
  for (const wsfs::Language language :
       {wsfs::Language::kPython, wsfs::Language::kSql}) {
    wsfs::TrySource(text, language);
    for (const auto format :
         {wsfs::NotebookFormat::kSource, wsfs::NotebookFormat::kJupyter}) {
      wsfs::TryNotebook({language, format, text}, edited);
      wsfs::TryBoth({language, format, text}, {language, format, edited});
    }
  }
  return 0;
}

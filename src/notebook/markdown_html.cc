#include "notebook/markdown_html.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

namespace wsfs {
namespace {

/// Some texts take time that grows with the square of their length.
constexpr std::size_t kMostBytes = 65'536;
/// Each line of a table gets as many cells as its head has.
constexpr std::size_t kMostTableCells = 65'536;

struct Delete {
  void operator()(cmark_parser* parser) const { cmark_parser_free(parser); }
  void operator()(cmark_node* node) const { cmark_node_free(node); }
  void operator()(cmark_iter* iterator) const { cmark_iter_free(iterator); }
  void operator()(char* text) const { std::free(text); }
};
template <typename T>
using Owned = std::unique_ptr<T, Delete>;

bool IsTooMuch(std::string_view markdown) {
  if (markdown.size() > kMostBytes) return true;
  std::size_t lines = 1;
  std::size_t widest = 0;
  std::size_t width = 0;
  for (const char c : markdown) {
    if (c == '|') widest = std::max(widest, ++width);
    if (c != '\n') continue;
    ++lines;
    width = 0;
  }
  return lines * widest > kMostTableCells;
}

void Extend(cmark_parser* parser) {
  static const bool registered = [] {
    cmark_gfm_core_extensions_ensure_registered();
    return true;
  }();
  static_cast<void>(registered);
  for (const char* name : {"table", "strikethrough"}) {
    cmark_syntax_extension* const extension = cmark_find_syntax_extension(name);
    if (extension != nullptr)
      cmark_parser_attach_syntax_extension(parser, extension);
  }
}

bool IsFromElsewhere(cmark_node* node) {
  return cmark_node_get_type(node) == CMARK_NODE_IMAGE &&
         !std::string_view(cmark_node_get_url(node)).starts_with("data:");
}

void MakeLink(cmark_node* image) {
  cmark_node* const link = cmark_node_new(CMARK_NODE_LINK);
  cmark_node_set_url(link, cmark_node_get_url(image));
  while (cmark_node* const child = cmark_node_first_child(image))
    cmark_node_append_child(link, child);
  cmark_node_replace(image, link);
  cmark_node_free(image);
}

void LinkPictures(cmark_node* document) {
  const Owned<cmark_iter> iterator(cmark_iter_new(document));
  while (true) {
    const cmark_event_type event = cmark_iter_next(iterator.get());
    if (event == CMARK_EVENT_DONE) return;
    cmark_node* const node = cmark_iter_get_node(iterator.get());
    if (event == CMARK_EVENT_EXIT && IsFromElsewhere(node)) MakeLink(node);
  }
}

}  // namespace

std::optional<std::string> MarkdownHtml(std::string_view markdown) {
  if (IsTooMuch(markdown)) return std::nullopt;
  const Owned<cmark_parser> parser(cmark_parser_new(CMARK_OPT_DEFAULT));
  Extend(parser.get());
  cmark_parser_feed(parser.get(), markdown.data(), markdown.size());
  const Owned<cmark_node> document(cmark_parser_finish(parser.get()));
  if (document == nullptr) return std::nullopt;
  LinkPictures(document.get());
  const Owned<char> html(
      cmark_render_html(document.get(), CMARK_OPT_DEFAULT,
                        cmark_parser_get_syntax_extensions(parser.get())));
  return std::string(html.get());
}

}  // namespace wsfs

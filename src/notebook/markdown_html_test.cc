#include "notebook/markdown_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MarkdownHtml, ShowsWhatNotebooksUse) {
  EXPECT_EQ(MarkdownHtml("# A *b*\n\n- `c`\n- ~~d~~\n"),
            "<h1>A <em>b</em></h1>\n<ul>\n<li><code>c</code></li>\n"
            "<li><del>d</del></li>\n</ul>\n");
  EXPECT_THAT(*MarkdownHtml("|a|b|\n|-|-|\n|1|2|\n"),
              HasSubstr("<td>1</td>\n<td>2</td>"));
}

TEST(MarkdownHtml, RunsNothingAndAsksNobody) {
  const std::string page = *MarkdownHtml(
      "a <script>alert(1)</script>\n\n<img src=http://x/>\n\n"
      "[b](javascript:alert(1)) ![pic](http://x/y.png \"t\") "
      "[![badge](http://x/b.png)](http://x/)\n\n"
      "![in](data:image/png;base64,iVBO) ![ref][r]\n\n[r]: //x/r.png\n");
  for (const char* bad : {"<script", "javascript:", "src=\"http", "src=\"//"})
    EXPECT_THAT(page, Not(HasSubstr(bad))) << page;
  EXPECT_THAT(page, HasSubstr("<a href=\"http://x/y.png\">pic</a>"));
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,iVBO\""));
}

TEST(MarkdownHtml, LeavesOutWhatWouldTakeLong) {
  EXPECT_FALSE(MarkdownHtml(std::string(65'537, 'x')).has_value());
  std::string table;
  for (const char* unit : {"a|", "-|"}) {
    for (int i = 0; i < 1'000; ++i) table += unit;
    table += '\n';
  }
  for (int i = 0; i < 1'000; ++i) table += "x\n";
  EXPECT_FALSE(MarkdownHtml(table).has_value());
}

TEST(MarkdownHtml, TakesAnyBytes) {
  EXPECT_TRUE(MarkdownHtml(std::string("\0\xFF\xC3\r\r\n", 6)).has_value());
  EXPECT_EQ(MarkdownHtml(""), "");
}

}  // namespace
}  // namespace wsfs

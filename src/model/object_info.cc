#include "model/object_info.h"

#include <utility>

namespace wsfs {

std::string_view ToApi(Language language) {
  switch (language) {
    case Language::kNone: return "";
    case Language::kPython: return "PYTHON";
    case Language::kSql: return "SQL";
    case Language::kScala: return "SCALA";
    case Language::kR: return "R";
  }
  std::unreachable();
}

Language LanguageFromApi(std::string_view text) {
  for (const Language language :
       {Language::kPython, Language::kSql, Language::kScala, Language::kR}) {
    if (ToApi(language) == text) return language;
  }
  return Language::kNone;
}

}  // namespace wsfs

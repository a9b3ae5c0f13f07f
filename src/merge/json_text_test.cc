#include "merge/json_text.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/test_random.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

std::string Over(const std::string& text, const Json& now) {
  return WriteOver(text, Json::parse(text), now);
}

/// `change` is made to the value of `text`.
template <typename Change>
std::string Changed(const std::string& text, Change change) {
  Json now = Json::parse(text);
  change(now);
  return Over(text, now);
}

TEST(WriteOver, KeepsTheBytesOfWhatIsEqual) {
  const std::string odd =
      "\xEF\xBB\xBF { \"z\" :1.50,\n\n\t\"a\":[ 1 ,2,\"\\u00e4\" ] }\n\n";
  EXPECT_EQ(Over(odd, Json::parse(odd)), odd);
  EXPECT_EQ(Changed(odd, [](Json& json) { json["z"] = 2; }),
            "\xEF\xBB\xBF { \"z\" :2,\n\n\t\"a\":[ 1 ,2,\"\\u00e4\" ] }\n\n");
  EXPECT_EQ(
      Changed(odd, [](Json& json) { json["a"][1] = 3; }),
      "\xEF\xBB\xBF { \"z\" :1.50,\n\n\t\"a\":[ 1 ,3,\"\\u00e4\" ] }\n\n");
}

TEST(WriteOver, KeepsTheOrderOfMembers) {
  const std::string text = R"({"nbformat": 4, "cells": [], "b": {"y": 1}})";
  EXPECT_EQ(Changed(text, [](Json& json) { json.erase("nbformat"); }),
            R"({"cells": [], "b": {"y": 1}})");
  EXPECT_EQ(Changed(text, [](Json& json) { json.erase("b"); }),
            R"({"nbformat": 4, "cells": []})");
  EXPECT_EQ(Changed(text, [](Json& json) { json["a"] = 1; }),
            R"({"nbformat": 4, "cells": [], "b": {"y": 1}, "a":1})");
  // Sorted, it stays so.
  EXPECT_EQ(Changed(text, [](Json& json) { json["b"]["x"] = 1; }),
            R"({"nbformat": 4, "cells": [], "b": {"x":1,"y": 1}})");
}

TEST(WriteOver, LaysOutWhatIsNewLikeTheRest) {
  const std::string text = Json({{"a", {1}}, {"b", Json::array()}}).dump(2);
  const auto change = [](Json& json) {
    json["a"].push_back({{"x", {1, 2}}});
    json["b"].push_back("new");
    json["c"] = {{"d", nullptr}};
  };
  Json now = Json::parse(text);
  change(now);
  EXPECT_EQ(Changed(text, change), now.dump(2));
  EXPECT_EQ(Over(now.dump(2), Json::parse(text)), text);
}

TEST(WriteOver, KnowsAnEditedElementByItsIdOrPlace) {
  const std::string text =
      R"([{"t":1,"id":"a"}, {"t":2,"id":"b"},  {"t":3,"id":"c"}])";
  EXPECT_EQ(Changed(text, [](Json& json) { json[1]["t"] = 5; }),
            R"([{"t":1,"id":"a"}, {"t":5,"id":"b"},  {"t":3,"id":"c"}])");
  EXPECT_EQ(Changed(text,
                    [](Json& json) {
                      json[2]["t"] = 5;
                      json.erase(0);
                    }),
            R"([{"t":2,"id":"b"},  {"t":5,"id":"c"}])");
  EXPECT_EQ(Changed(text, [](Json& json) { std::swap(json[0], json[2]); }),
            R"([{"t":3,"id":"c"}, {"t":2,"id":"b"}, {"t":1,"id":"a"}])");
}

TEST(WriteOver, WritesAsciiWhereTheTextDoes) {
  const std::string umlaut = "\xC3\xBC";
  EXPECT_EQ(Over(R"(["\u00e4","b"])", {"\xC3\xA4", umlaut}),
            R"(["\u00e4","\u00fc"])");
  EXPECT_EQ(Over(R"(["a","b"])", {"a", umlaut}), "[\"a\",\"" + umlaut + "\"]");
}

TEST(WriteOver, AKeyThatStandsThereTwiceIsWrittenOnce) {
  const std::string text = R"({"a": 1, "a": 2, "b": 3})";
  EXPECT_EQ(Json::parse(Changed(text, [](Json& json) { json["b"] = 4; })),
            Json({{"a", 2}, {"b", 4}}));
  EXPECT_EQ(
      Changed(R"({"\u0061": 1, "b": 3})", [](Json& json) { json["a"] = 4; }),
      R"({"\u0061": 4, "b": 3})");
}

class RandomWriteOver : public RandomTest {
 protected:
  RandomWriteOver() : RandomTest(20'261'124U) {}

  Json Value(int depth) {
    static const std::vector<std::string> texts = {"",   "\"", "\\",      "]}",
                                                   "\n", ",:", "\xC3\xA4"};
    switch (Below(depth > 0 ? 6 : 4)) {
      case 0: return Below(5);
      case 1: return nullptr;
      case 2: return texts[Below(texts.size())];
      case 3: return OneIn(2);
      case 4: {
        Json array = Json::array();
        for (std::size_t i = Below(5); i > 0; --i)
          array.push_back(Value(depth - 1));
        return array;
      }
      default: {
        Json object = Json::object();
        for (std::size_t i = Below(5); i > 0; --i)
          object[texts[Below(texts.size())] + std::to_string(Below(3))] =
              Value(depth - 1);
        return object;
      }
    }
  }
  void Mutate(Json& json) {
    if (json.is_structured() && !json.empty() && !OneIn(3)) {
      auto at = json.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(Below(json.size())));
      if (OneIn(4))
        json.erase(at);
      else
        Mutate(*at);
      return;
    }
    json = Value(2);
  }
};

TEST_F(RandomWriteOver, IsTheNewValue) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 20'000; ++i) {
    const Json was = {{"a", Value(4)}, {"z", 1}};
    Json now = was;
    for (std::size_t j = Below(4); j > 0; --j) Mutate(now["a"]);
    const int indent = static_cast<int>(Below(4)) - 1;
    const std::string text = was.dump(indent) + "\n";
    const std::string over = WriteOver(text, was, now);
    ASSERT_EQ(Json::parse(over, nullptr, false), now) << text << "\n->\n"
                                                      << over;
    // nlohmann's own layout is one of those that are kept.
    ASSERT_EQ(over, now.dump(indent) + "\n") << text;
  }
}

}  // namespace
}  // namespace wsfs

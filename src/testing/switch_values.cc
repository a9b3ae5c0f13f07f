#include "testing/switch_values.h"

#include <algorithm>
#include <string_view>

#include "server/switches.h"

namespace wsfs {

std::string SwitchValue::test_name() const {
  std::string text = name + "_" + value;
  std::ranges::replace(text, '-', '_');
  return text;
}

std::vector<SwitchValue> OtherValues() {
  std::vector<SwitchValue> all;
  for (const SwitchInfo& info : AllSwitches()) {
    std::string_view rest = info.values;
    for (std::size_t bar = rest.find('|'); bar != rest.npos;
         bar = rest.find('|')) {
      rest.remove_prefix(bar + 1);
      all.push_back({std::string(info.name),
                     std::string(rest.substr(0, rest.find('|')))});
    }
  }
  return all;
}

}  // namespace wsfs

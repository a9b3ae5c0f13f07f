#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace wsfs {

/// One switch of the local workspace at one value. Value type.
struct SwitchValue {
  std::string name;
  std::string value;

  std::string text() const { return name + "=" + value; }
  /// The same as a part of a test's name.
  std::string test_name() const;
};

inline void PrintTo(const SwitchValue& setting, std::ostream* out) {
  *out << setting.text();
}

/// Every value of every switch but the defaults, from the server's own table:
/// what tests go through, so that a new switch is never forgotten.
std::vector<SwitchValue> OtherValues();

}  // namespace wsfs

// Runs a fuzz target without a fuzzer: over every file of the corpus folders
// given, and over a fixed number of seeded mutations of each. So each corpus
// is a test under any compiler, and what a fuzzer found stays found.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kMutationsEach = 200;

Bytes ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Flips, cuts, doubles or inserts somewhere.
void Mutate(Bytes& bytes, std::mt19937_64& random) {
  const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
  const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random() % 4) {
    case 0:
      if (!bytes.empty()) *where = static_cast<std::uint8_t>(random());
      break;
    case 1: bytes.resize(at); break;
    case 2: {
      const Bytes copy = bytes;
      bytes.insert(where, copy.begin(), copy.end());
      break;
    }
    default: bytes.insert(where, static_cast<std::uint8_t>(random()));
  }
}

}  // namespace

int main(int count, char** arguments) {
  std::uint64_t inputs = 0;
  for (int i = 1; i < count; ++i) {
    for (const auto& entry :
         std::filesystem::directory_iterator(arguments[i])) {
      const Bytes original = ReadFile(entry.path());
      LLVMFuzzerTestOneInput(original.data(), original.size());
      std::mt19937_64 random(original.size());
      for (int k = 0; k < kMutationsEach; ++k) {
        Bytes bytes = original;
        for (auto steps = random() % 8 + 1; steps != 0; --steps)
          Mutate(bytes, random);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
        ++inputs;
      }
      ++inputs;
    }
  }
  std::printf("%llu inputs\n", static_cast<unsigned long long>(inputs));
  // An empty corpus proves nothing.
  return inputs == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

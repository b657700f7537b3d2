// SPDX-License-Identifier: Apache-2.0
// What the verifier of the kernel at hand makes of our programs: whether it takes
// them, and after how many instructions. It walks every path, so its count is not the
// length of a program, and differs from kernel to kernel; docs/kernels.md has those of
// the kernels on which this was run.
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/features.h"

namespace buddyring {
namespace {

namespace fs = std::filesystem;

// A kernel gives up at a million. The limits leave half as much again, or a little more, above
// what the worst of the kernels in docs/kernels.md counts: whoever meets one has a loop or a
// fork in the program that multiplies, and should look for it before raising the limit.
const std::map<std::string, unsigned> instructions_max{
    {"buddyring_xdp", 130'000}, {"buddyring_egress", 1'000}, {"buddyring_exit", 2'000}, {"lossy", 200},
    {"translate_once", 1'000},  // of the tests
};
constexpr unsigned log_level_statistics = 4;  // BPF_LOG_STATS of the kernel
constexpr size_t log_bytes = size_t{64} * 1024;

struct CloseObject {
  void operator()(bpf_object* object) const { bpf_object__close(object); }
};
using Object = std::unique_ptr<bpf_object, CloseObject>;

// Compiled programs lie beside the folder of this binary.
std::vector<fs::path> compiled_objects() {
  const fs::path folder = fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "bpf";
  std::vector<fs::path> objects;
  for (const auto& entry : fs::directory_iterator(folder)) {
    // A kernel takes that one for an interface only, and it is tried in guests only.
    if (entry.path().extension() == ".o" && entry.path().filename() != "hardware_stamps.bpf.o") {
      objects.push_back(entry.path());
    }
  }
  return objects;
}

// From "processed 1234 insns (limit 1000000) ...", which ends the verifier's log.
std::optional<unsigned> instructions_processed(std::string_view log) {
  constexpr std::string_view before = "processed ";
  const size_t at = log.rfind(before);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const char* number = log.data() + at + before.size();
  unsigned instructions = 0;
  const auto [end, error] = std::from_chars(number, log.data() + log.size(), instructions);
  return error == std::errc{} ? std::optional(instructions) : std::nullopt;
}

TEST(Verifier, TakesEachProgramWithinItsLimit) {
  const auto paths = compiled_objects();
  ASSERT_FALSE(paths.empty());
  for (const auto& path : paths) {
    const Object object(bpf_object__open(path.c_str()));
    ASSERT_TRUE(object) << path;
    std::map<std::string, std::vector<char>> logs;
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object.get()) {
      auto& log = logs[bpf_program__name(program)];
      log.resize(log_bytes);
      ASSERT_EQ(bpf_program__set_log_level(program, log_level_statistics), 0);
      ASSERT_EQ(bpf_program__set_log_buf(program, log.data(), log.size()), 0);
    }
    EXPECT_FALSE(logs.empty()) << path << " has no program";
    EXPECT_EQ(bpf_object__load(object.get()), 0) << path;
    for (const auto& [name, log] : logs) {
      const auto instructions = instructions_processed(log.data());
      ASSERT_TRUE(instructions) << name << " of " << path << ": " << log.data();
      ASSERT_TRUE(instructions_max.contains(name)) << name << " of " << path << " has no limit in this file";
      const unsigned limit = instructions_max.at(name);
      std::printf("verifier: kernel %s program %s instructions %u limit %u\n", kernel_release().c_str(), name.c_str(),
                  *instructions, limit);
      EXPECT_LE(*instructions, limit) << name;
    }
  }
}

}  // namespace
}  // namespace buddyring

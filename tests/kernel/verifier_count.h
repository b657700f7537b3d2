// SPDX-License-Identifier: Apache-2.0
// What the verifier of the kernel at hand makes of a compiled object: whether it takes
// its programs, and after how many instructions. It walks every path, so its count is
// not the length of a program, and differs from kernel to kernel; docs/kernels.md has
// those of the kernels on which this was run.
#pragma once

#include <filesystem>
#include <functional>

struct bpf_object;

namespace buddyring {

// Compiled programs lie beside the folder of this binary: "lossy.bpf.o".
[[nodiscard]] std::filesystem::path compiled_objects_folder();

// Loads the programs of the object in `path`, prints a line "verifier: ..." for each, and fails the
// test where one is refused or beyond its limit. `prepare` comes before the loading.
void expect_within_limits(
    const std::filesystem::path& path, const std::function<void(bpf_object&)>& prepare = [](bpf_object&) {});

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
// Seals by another implementation of SipHash than the programs': that of libcrypto.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

struct evp_mac_st;
struct evp_mac_ctx_st;

namespace buddyring::differential {

using Secret = std::array<uint8_t, 16>;

inline constexpr size_t sealed_bytes = 72;  // of a probe; what follows is the seal
inline constexpr size_t seal_bytes = 8;

class Sealer {
 public:
  // Throws std::runtime_error.
  Sealer();

  // Of the first sealed_bytes of a probe.
  [[nodiscard]] std::array<uint8_t, seal_bytes> seal(const Secret& secret, const uint8_t* probe) const;

 private:
  struct FreeAlgorithm {
    void operator()(evp_mac_st* algorithm) const;
  };
  struct FreeContext {
    void operator()(evp_mac_ctx_st* context) const;
  };
  std::unique_ptr<evp_mac_st, FreeAlgorithm> algorithm_;
  std::unique_ptr<evp_mac_ctx_st, FreeContext> context_;
};

}  // namespace buddyring::differential

// SPDX-License-Identifier: Apache-2.0
#include "tests/differential/seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdexcept>

namespace buddyring::differential {

void Sealer::FreeAlgorithm::operator()(evp_mac_st* algorithm) const { EVP_MAC_free(algorithm); }

void Sealer::FreeContext::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

Sealer::Sealer() : algorithm_(EVP_MAC_fetch(nullptr, "SIPHASH", nullptr)), context_(EVP_MAC_CTX_new(algorithm_.get())) {
  size_t size = seal_bytes;
  const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                                             OSSL_PARAM_construct_end()};
  if (!context_ || EVP_MAC_CTX_set_params(context_.get(), parameters.data()) != 1) {
    throw std::runtime_error("libcrypto has no SipHash");
  }
}

std::array<uint8_t, seal_bytes> Sealer::seal(const Secret& secret, const uint8_t* probe) const {
  std::array<uint8_t, seal_bytes> seal{};
  size_t size = 0;
  if (EVP_MAC_init(context_.get(), secret.data(), secret.size(), nullptr) != 1 ||
      EVP_MAC_update(context_.get(), probe, sealed_bytes) != 1 ||
      EVP_MAC_final(context_.get(), seal.data(), &size, seal.size()) != 1 || size != seal.size()) {
    throw std::runtime_error("libcrypto makes no seal");
  }
  return seal;
}

}  // namespace buddyring::differential

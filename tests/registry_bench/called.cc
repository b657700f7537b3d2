// SPDX-License-Identifier: Apache-2.0
#include "tests/registry_bench/called.h"

#include <stdexcept>
#include <utility>

#include "registry/installer.h"
#include "tests/lab/loaded_pool.h"

namespace buddyring {
namespace {

template <class T>
T value_or_throw(Result<T> result) {
  return result ? std::move(result.value()) : throw std::runtime_error(result.error().message);
}

}  // namespace

void install_tables(const RegistryUrl& url, const std::string& password) {
  RegistryClient client(url, password);
  value_or_throw(install(client));
}

Called::Called(const RegistryUrl& url, const std::string& password, std::string pool)
    : client_(url, password), pool_(std::move(pool)) {}

void Called::remove(unsigned number) {
  DeleteRequest request;
  request.server = lab::loaded_name(number);
  request.accuser = "bench";
  request.reason = DeleteReason::removed;
  if (value_or_throw(client_.remove(pool_, request)).outcome != DeleteReply::Outcome::deleted) {
    throw std::runtime_error(request.server + " was not deleted");
  }
}

void Called::insert(unsigned number) {
  value_or_throw(client_.announce(pool_, {.server = {.name = lab::loaded_name(number),
                                                     .address = *Address::parse(lab::loaded_address(number)),
                                                     .replace_port = 7946,
                                                     .incarnation = 1}}));
}

void Called::pick() { value_or_throw(client_.pick(pool_)); }

void Called::ping() { value_or_throw(client_.ping()); }

}  // namespace buddyring

// SPDX-License-Identifier: Apache-2.0
#include "router/router.h"

int main(int argc, char** argv) { return buddyring::run_router({argv + 1, argv + argc}); }

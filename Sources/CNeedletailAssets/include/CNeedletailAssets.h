#ifndef CNEEDLETAIL_ASSETS_H
#define CNEEDLETAIL_ASSETS_H

#include "nt_unicode.h"

#endif

#pragma once
#include <stddef.h>

/// A file of the dashboard, as it is served.
typedef struct {
    const char *_Nonnull name;
    const unsigned char *_Nonnull bytes;
    size_t size;
} DashboardAsset;

size_t dashboardAssetCount(void);

/// - Parameter index: below the count.
DashboardAsset dashboardAsset(size_t index);

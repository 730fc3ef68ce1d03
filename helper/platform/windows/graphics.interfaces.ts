/** Of Direct3D 11 and DXGI what capture needs: d3d11.h, dxgi.h and dxgi1_2.h, held against MinGW's by the test. */
import { guid, type ComMethod } from './com.object.ts';

export const IID = {
  IDXGIFactory1: guid('770aae78-f26f-4dba-a829-253c83d1b387'),
  IDXGIOutput1: guid('00cddea8-939b-4b83-a340-a685226666cc'),
  ID3D11Texture2D: guid('6f15aaf2-d208-4e89-9ab4-489535d34f9c'),
} as const;

export const FACTORY = {
  EnumAdapters1: [12, 'int32_t IDXGIFactory1_EnumAdapters1(void *self, uint32_t number, _Out_ void **adapter)'],
} as const satisfies Record<string, ComMethod>;

export const ADAPTER = {
  EnumOutputs: [7, 'int32_t IDXGIAdapter1_EnumOutputs(void *self, uint32_t number, _Out_ void **output)'],
} as const satisfies Record<string, ComMethod>;

export const OUTPUT = {
  GetDesc: [7, 'int32_t IDXGIOutput1_GetDesc(void *self, void *description)'],
  DuplicateOutput: [22, 'int32_t IDXGIOutput1_DuplicateOutput(void *self, void *device, _Out_ void **duplication)'],
} as const satisfies Record<string, ComMethod>;

export const DUPLICATION = {
  AcquireNextFrame: [
    8,
    'int32_t IDXGIOutputDuplication_AcquireNextFrame(void *self, uint32_t timeoutMs, void *info, _Out_ void **resource)',
  ],
  GetFrameDirtyRects: [
    9,
    'int32_t IDXGIOutputDuplication_GetFrameDirtyRects(void *self, uint32_t size, void *rects, _Out_ uint32_t *used)',
  ],
  GetFrameMoveRects: [
    10,
    'int32_t IDXGIOutputDuplication_GetFrameMoveRects(void *self, uint32_t size, void *rects, _Out_ uint32_t *used)',
  ],
  ReleaseFrame: [14, 'int32_t IDXGIOutputDuplication_ReleaseFrame(void *self)'],
} as const satisfies Record<string, ComMethod>;

export const DEVICE = {
  CreateTexture2D: [
    5,
    'int32_t ID3D11Device_CreateTexture2D(void *self, void *description, void *initial, _Out_ void **texture)',
  ],
} as const satisfies Record<string, ComMethod>;

export const CONTEXT = {
  Map: [
    14,
    'int32_t ID3D11DeviceContext_Map(void *self, void *resource, uint32_t part, uint32_t how, uint32_t flags, void *mapped)',
  ],
  Unmap: [15, 'void ID3D11DeviceContext_Unmap(void *self, void *resource, uint32_t part)'],
  CopySubresourceRegion: [
    46,
    'void ID3D11DeviceContext_CopySubresourceRegion(void *self, void *to, uint32_t toPart, uint32_t x, uint32_t y, uint32_t z, void *from, uint32_t fromPart, void *box)',
  ],
} as const satisfies Record<string, ComMethod>;

export const TEXTURE = {
  GetDesc: [10, 'void ID3D11Texture2D_GetDesc(void *self, void *description)'],
} as const satisfies Record<string, ComMethod>;

/** Where fields lie, and how large the whole is. */
export const LAYOUT = {
  DXGI_OUTPUT_DESC: { DeviceName: 0, DesktopCoordinates: 64, AttachedToDesktop: 80, Rotation: 84, size: 96 },
  DXGI_OUTDUPL_FRAME_INFO: { LastPresentTime: 0, TotalMetadataBufferSize: 40, size: 48 },
  DXGI_OUTDUPL_MOVE_RECT: { SourcePoint: 0, DestinationRect: 8, size: 24 },
  RECT: { left: 0, top: 4, right: 8, bottom: 12, size: 16 },
  D3D11_MAPPED_SUBRESOURCE: { pData: 0, RowPitch: 8, size: 16 },
  D3D11_BOX: { left: 0, top: 4, front: 8, right: 12, bottom: 16, back: 20, size: 24 },
  D3D11_TEXTURE2D_DESC: {
    Width: 0,
    Height: 4,
    MipLevels: 8,
    ArraySize: 12,
    Format: 16,
    SampleDesc: 20,
    Usage: 28,
    BindFlags: 32,
    CPUAccessFlags: 36,
    MiscFlags: 40,
    size: 44,
  },
} as const;

export const VALUE = {
  D3D_DRIVER_TYPE_UNKNOWN: 0,
  D3D11_CREATE_DEVICE_BGRA_SUPPORT: 0x20,
  D3D11_SDK_VERSION: 7,
  D3D11_USAGE_STAGING: 3,
  D3D11_CPU_ACCESS_READ: 0x20000,
  D3D11_MAP_READ: 1,
  DXGI_FORMAT_B8G8R8A8_UNORM: 87,
  DXGI_MODE_ROTATION_IDENTITY: 1,
} as const;

/** HRESULTs. */
export const CODE = {
  DXGI_ERROR_WAIT_TIMEOUT: 0x887a0027,
  E_ACCESSDENIED: 0x80070005,
} as const;

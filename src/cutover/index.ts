export { CutoverFunctions, type CutoverFunctionsProps } from './cutover-functions';
export { type CutoverSide } from './cutover-side';
export { homeNetwork } from './home-network';
export { StageGuard } from './stage-guard';
export { TransferDirection } from './transfer-direction';
export { WriteFence, type RolesFenceOptions } from './write-fence';
